// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CairnToken} from "../src/CairnToken.sol";
import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {LaneLedger} from "../src/LaneLedger.sol";
import {RewardLedger} from "../src/RewardLedger.sol";
import {IDeviceRegistry} from "../src/interfaces/IDeviceRegistry.sol";
import {ILaneLedger} from "../src/interfaces/ILaneLedger.sol";
import {IRewardLedger} from "../src/interfaces/IRewardLedger.sol";
import {Rfc6962} from "../src/lib/Rfc6962.sol";
import {Test} from "./Test.sol";

/// @dev A whole network with known keys, and builders that name only what matters.
abstract contract Network is Test {
    uint256 internal constant START = 1_800_000_000;
    uint64 internal constant HOUR = 3600;
    uint64 internal constant WINDOW = 600;
    uint128 internal constant BUDGET = 1000e18;
    uint256 internal constant FUND = 1_000_000e18;
    uint256 internal constant MANUFACTURER_KEY = 0xfac7;
    address internal constant PROPOSER = address(0x9999);

    CairnToken internal token;
    LaneLedger internal ledger;
    DeviceRegistry internal registry;
    RewardLedger internal rewards;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(1000);
        token = new CairnToken(address(this));
        ledger = new LaneLedger(1, PROPOSER);
        registry = new DeviceRegistry(address(ledger), vm.addr(MANUFACTURER_KEY));
        rewards = new RewardLedger([address(token), address(registry), address(ledger), PROPOSER], _parameters());
        token.approve(address(rewards), type(uint256).max);
    }

    function _parameters() internal pure returns (IRewardLedger.Parameters memory) {
        return IRewardLedger.Parameters({
            epochLength: HOUR,
            budget: BUDGET,
            scoreCap: 100_000,
            shareCap: 2000,
            challengeWindow: WINDOW,
            outflowCap: BUDGET,
            earningGrades: 14
        });
    }

    // ---- lanes

    function _header(uint64 height, uint64 from, uint64 size, bytes32 root)
        internal
        view
        returns (ILaneLedger.Header memory)
    {
        return ILaneLedger.Header({
            lane: 0,
            height: height,
            from: from,
            size: size,
            root: root,
            witnessRoot: keccak256(abi.encode("witnesses", height)),
            summaryRoot: keccak256(abi.encode("summaries", height)),
            dataHash: keccak256(abi.encode("data", height)),
            layoutVersion: 1,
            closedAt: uint64(block.timestamp * 1000)
        });
    }

    function _settle(ILaneLedger.Header memory header, bytes32[] memory proof) internal {
        vm.prank(PROPOSER);
        ledger.settle(header, proof);
    }

    function _settleFirst() internal {
        _settle(_header(1, 0, 1, keccak256("one record")), new bytes32[](0));
    }

    // ---- devices

    function _p256(uint256 key) internal pure returns (bytes32, bytes32) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return (bytes32(x), bytes32(y));
    }

    function _addressOf(bytes32 x, bytes32 y) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(x, y)))));
    }

    function _pairing(address device, uint8 curve, uint256 ownerKey)
        internal
        view
        returns (IDeviceRegistry.Pairing memory)
    {
        return IDeviceRegistry.Pairing({
            owner: vm.addr(ownerKey),
            device: device,
            curve: curve,
            model: "tracker-1",
            cell: 0x861f1d4ffffffff,
            nonce: registry.nonceOf(device),
            deadline: block.timestamp + 1 hours
        });
    }

    function _digest(string memory primaryType, IDeviceRegistry.Pairing memory pairing)
        internal
        view
        returns (bytes32)
    {
        string memory fields =
            "(address owner,address device,uint8 curve,bytes32 model,uint64 cell,uint256 nonce,uint256 deadline)";
        return _typed(keccak256(abi.encode(keccak256(abi.encodePacked(primaryType, fields)), pairing)));
    }

    function _typed(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Cairn DeviceRegistry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _ownerSign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _deviceSign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s);
    }

    function _p256Sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        uint256 n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
        (bytes32 r, bytes32 s) = vm.signP256(key, digest);
        return abi.encodePacked(r, uint256(s) > n / 2 ? bytes32(n - uint256(s)) : s);
    }

    function _noRelease() internal pure returns (IDeviceRegistry.Release memory release) {}

    /// @dev P-256 devices, whose points forge can compute; attested, so that a test that needs many devices stays quick.
    function _attest(uint256 key, uint256 ownerKey) internal returns (address device) {
        (bytes32 x, bytes32 y) = _p256(key);
        device = _addressOf(x, y);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 2, ownerKey);
        bytes memory word = _ownerSign(MANUFACTURER_KEY, _digest("Attestation", pairing));
        registry.pairAttested(pairing, x, y, word, _ownerSign(ownerKey, _digest("Pairing", pairing)));
    }

    // ---- rewards

    function _earningsLeaf(address device, uint32 term, uint256 amount) internal pure returns (bytes32) {
        return Rfc6962.leafHash(abi.encodePacked(device, term, amount));
    }

    function _propose(uint64 epoch, uint256 earned, bytes32 earningsRoot, uint64 lines) internal {
        uint64[] memory heights = new uint64[](1);
        (, heights[0],,) = ledger.laneOf(0);
        vm.prank(PROPOSER);
        rewards.propose(epoch, heights, 1, earned, bytes32(0), earningsRoot, lines);
    }

    /// @dev Ends the epoch, proposes it, and waits until it is final.
    function _finalise(uint64 epoch, uint256 earned, bytes32 earningsRoot, uint64 lines) internal {
        vm.warp(_end(epoch));
        _propose(epoch, earned, earningsRoot, lines);
        vm.warp(block.timestamp + WINDOW);
    }

    /// @dev A claim of one line.
    function _claimOf(uint64 epoch, uint64 index, IRewardLedger.Line memory line, bytes32[] memory proof)
        internal
        pure
        returns (IRewardLedger.Claim[] memory claims)
    {
        claims = new IRewardLedger.Claim[](1);
        claims[0].epoch = epoch;
        claims[0].first = index;
        claims[0].lines = new IRewardLedger.Line[](1);
        claims[0].lines[0] = line;
        claims[0].proof = proof;
    }

    function _end(uint64 epoch) internal pure returns (uint256) {
        return (uint256(epoch) + 1) * HOUR;
    }

    function _now() internal view returns (uint64) {
        return uint64(block.timestamp / HOUR);
    }
}
