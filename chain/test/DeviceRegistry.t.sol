// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {IDeviceRegistry} from "../src/interfaces/IDeviceRegistry.sol";
import {DeviceKey} from "../src/lib/DeviceKey.sol";
import {Network} from "./Network.sol";
import {Vm} from "./Test.sol";

/// @dev An owner that is a contract (ERC-1271), whose keeper signs.
contract Wallet {
    address private immutable _keeper;

    constructor(address keeper) {
        _keeper = keeper;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (bytes32 r, bytes32 s) = (bytes32(signature[0:32]), bytes32(signature[32:64]));
        return ecrecover(digest, uint8(signature[64]), r, s) == _keeper ? this.isValidSignature.selector : bytes4(0);
    }
}

contract DeviceKeyFace {
    function hasSigned(uint8 curve, bytes32 x, bytes32 y, bytes32 digest, bytes calldata signature)
        external
        view
        returns (bool)
    {
        return DeviceKey.hasSigned(curve, x, y, digest, signature);
    }

    function hasSignedAnyS(bytes32 x, bytes32 y, bytes32 digest, bytes calldata signature)
        external
        pure
        returns (bool)
    {
        return DeviceKey.hasSignedAnyS(x, y, digest, signature);
    }
}

contract DeviceRegistryTest is Network {
    uint256 private constant OWNER = 0xa11ce;
    uint256 private constant OTHER = 0xb0b;
    uint32 private constant NOON = uint32(START);
    bytes32 private constant ROTATION =
        keccak256("Rotation(address device,uint8 curve,bytes32 x,bytes32 y,uint256 nonce,uint256 deadline)");
    bytes32 private constant RELEASE = keccak256("Release(address device,address to,uint256 nonce,uint256 deadline)");
    uint256 private constant K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    struct SignatureCase {
        uint8 curve;
        bytes32 x;
        bytes32 y;
        bytes32 digest;
        bytes signature;
        bool low;
        bool any;
    }

    uint256 private key = 0xde71ce;
    bytes32 private x;
    bytes32 private y;
    address private device;

    function setUp() public override {
        super.setUp();
        (x, y, device) = _k1(key);
    }

    // ---- pair

    function test_pair_bindsOwnerKeyModelAndCell() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        vm.expectEmit(address(registry));
        emit IDeviceRegistry.Paired(device, vm.addr(OWNER), 1, 1, x, y, "tracker-1", 0x861f1d4ffffffff, 1);
        vm.expectEmit(address(registry));
        emit IDeviceRegistry.TermStarted(device, 1, vm.addr(OWNER));
        _pair(pairing);

        IDeviceRegistry.Registration memory held = registry.registrationOf(device);
        vm.assertEq(held.owner, vm.addr(OWNER));
        vm.assertEq(held.term, 1);
        vm.assertEq(held.curve, 1);
        vm.assertEq(held.model, "tracker-1");
        vm.assertEq(held.cell, 0x861f1d4ffffffff);
        vm.assertEq(held.x, x);
        vm.assertEq(held.y, y);
        vm.assertEq(held.revokedFrom, 0);
        vm.assertEq(held.grade, 1);
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OWNER));
        vm.assertEq(registry.holderOf(device, 1), vm.addr(OWNER));
        vm.assertEq(registry.nonceOf(device), 1);
    }

    function test_pair_takesAP256Device() external {
        (bytes32 px, bytes32 py) = _p256(key);
        address p256Device = _addressOf(px, py);
        IDeviceRegistry.Pairing memory pairing = _pairing(p256Device, 2, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        registry.pair(pairing, px, py, _p256Sign(key, digest), _ownerSign(OWNER, digest), _noRelease());
        vm.assertEq(registry.ownerOf(uint160(p256Device)), vm.addr(OWNER));
    }

    function test_pair_takesAnOwnerThatIsAContract() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        pairing.owner = address(new Wallet(vm.addr(OWNER)));
        _pair(pairing);
        vm.assertEq(registry.ownerOf(uint160(device)), pairing.owner);
    }

    function test_pair_refusesADeviceThatIsPaired() external {
        _pair(_pairing(device, 1, OWNER));
        bytes memory refusal = abi.encodeWithSelector(IDeviceRegistry.AlreadyPaired.selector, device, vm.addr(OWNER));
        _refusesPair(_pairing(device, 1, OTHER), OTHER, refusal);
    }

    function test_pair_refusesAStrangersSignatureForTheDevice() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceSignatureInvalid.selector, device, digest));
        registry.pair(pairing, x, y, _deviceSign(OTHER, digest), _ownerSign(OWNER, digest), _noRelease());
    }

    function test_pair_refusesAHighS() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceSignatureInvalid.selector, device, digest));
        registry.pair(pairing, x, y, _highS(_deviceSign(key, digest)), _ownerSign(OWNER, digest), _noRelease());
    }

    function test_pair_refusesAnotherSignatureLength() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.WrongSignatureLength.selector, 64, 65));
        registry.pair(pairing, x, y, _ownerSign(key, digest), _ownerSign(OWNER, digest), _noRelease());
    }

    function test_pair_refusesAnOwnerWhoDidNotSign() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        bytes memory refusal =
            abi.encodeWithSelector(IDeviceRegistry.OwnerSignatureInvalid.selector, vm.addr(OWNER), digest);
        _refusesPair(pairing, OTHER, refusal);
    }

    function testFuzz_pair_refusesSignaturesOverAnyOtherPairing(uint256 field, bytes32 other) external {
        IDeviceRegistry.Pairing memory signed = _pairing(device, 1, OWNER);
        IDeviceRegistry.Pairing memory sent = _pairing(device, 1, OWNER);
        field = field % 4;
        if (field == 0) sent.owner = address(bytes20(other));
        if (field == 1) sent.model = other;
        if (field == 2) sent.cell = uint64(uint256(other));
        if (field == 3) sent.deadline = block.timestamp + uint128(uint256(other));
        vm.assume(keccak256(abi.encode(sent)) != keccak256(abi.encode(signed)));
        bytes32 digest = _digest("Pairing", signed);
        vm.expectRevert();
        registry.pair(sent, x, y, _deviceSign(key, digest), _ownerSign(OWNER, digest), _noRelease());
    }

    function test_pair_refusesAPassedDeadline() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        vm.warp(pairing.deadline + 1);
        bytes memory refusal =
            abi.encodeWithSelector(IDeviceRegistry.DeadlinePassed.selector, pairing.deadline, pairing.deadline + 1);
        _refusesPair(pairing, OWNER, refusal);
        vm.warp(pairing.deadline);
        _pair(pairing);
    }

    function test_pair_refusesItsOwnReplay() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        _pair(pairing);
        vm.prank(vm.addr(OWNER));
        registry.unpair(device);
        _refusesPair(pairing, OWNER, abi.encodeWithSelector(IDeviceRegistry.WrongNonce.selector, 1, 0));
    }

    function test_pair_refusesSignaturesForAnotherRegistry() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        DeviceRegistry elsewhere = new DeviceRegistry(address(ledger), address(0));
        vm.expectRevert();
        elsewhere.pair(pairing, x, y, _deviceSign(key, digest), _ownerSign(OWNER, digest), _noRelease());
    }

    function test_pair_refusesAKeyOfAnotherAddress() external {
        (x, y,) = _k1(OTHER);
        bytes memory refusal = abi.encodeWithSelector(IDeviceRegistry.WrongKey.selector, device, _addressOf(x, y));
        _refusesPair(_pairing(device, 1, OWNER), OWNER, refusal);
    }

    function test_pair_refusesAKeyOffItsCurve() external {
        bytes memory refusal = abi.encodeWithSelector(IDeviceRegistry.KeyNotOnCurve.selector, 2, x, y);
        _refusesPair(_pairing(device, 2, OWNER), OWNER, refusal);
        (x, y) = _p256(key);
        refusal = abi.encodeWithSelector(IDeviceRegistry.KeyNotOnCurve.selector, 1, x, y);
        _refusesPair(_pairing(_addressOf(x, y), 1, OWNER), OWNER, refusal);
    }

    function test_pair_refusesAnUnknownCurve() external {
        bytes memory refusal = abi.encodeWithSelector(IDeviceRegistry.UnknownCurve.selector, 0);
        _refusesPair(_pairing(device, 0, OWNER), OWNER, refusal);
        refusal = abi.encodeWithSelector(IDeviceRegistry.UnknownCurve.selector, 3);
        _refusesPair(_pairing(device, 3, OWNER), OWNER, refusal);
    }

    // ---- pairByConfirm

    function test_pairByConfirm_takesAPebblesSignatureWithEitherS() external {
        _pairByConfirm(NOON, OWNER);
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OWNER));
        vm.assertEq(registry.registrationOf(device).grade, 2);

        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes memory ownerSignature = _ownerSign(OWNER, _digest("Pairing", pairing));
        bytes memory confirm = _highS(_confirm(key, OWNER, NOON + 1));
        registry.pairByConfirm(pairing, x, y, NOON + 1, confirm, ownerSignature, _noRelease());
        vm.assertEq(registry.termOf(device), 2);
    }

    function test_pairByConfirm_refusesAConfirmThatIsNotNewer() external {
        _pairByConfirm(NOON, OWNER);
        _unpair(OWNER);
        _refusesConfirm(NOON, OWNER, abi.encodeWithSelector(IDeviceRegistry.ConfirmReplayed.selector, NOON, NOON));
        _refusesConfirm(
            NOON - 1, OWNER, abi.encodeWithSelector(IDeviceRegistry.ConfirmReplayed.selector, NOON, NOON - 1)
        );
        _pairByConfirm(NOON + 1, OWNER);
    }

    function test_pairByConfirm_takesTenMinutesOfBlockTimeAndNotASecondMore() external {
        _refusesConfirm(NOON - 601, OWNER, _outOfTime(NOON - 601));
        _refusesConfirm(NOON - 365 days, OWNER, _outOfTime(NOON - 365 days));
        _pairByConfirm(NOON - 600, OWNER);
    }

    function test_pairByConfirm_aConfirmFromTheEndOfTheClockLocksNothing() external {
        _refusesConfirm(type(uint32).max, OWNER, _outOfTime(type(uint32).max));
        _refusesConfirm(NOON + 61, OWNER, _outOfTime(NOON + 61));
        _pairByConfirm(NOON + 60, OWNER);
        _unpair(OWNER);
        // The one that came from furthest ahead is over a minute later.
        vm.warp(NOON + 61);
        _pairByConfirm(NOON + 61, OWNER);
    }

    function testFuzz_pairByConfirm_takesNothingOutsideItsTime(uint32 timestamp) external {
        bool isInTime = timestamp >= NOON - 600 && timestamp <= NOON + 60;
        if (isInTime) _pairByConfirm(timestamp, OWNER);
        else _refusesConfirm(timestamp, OWNER, _outOfTime(timestamp));
    }

    function test_pairByConfirm_refusesAConfirmWhoseOwnerSignedForAnotherChain() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        bytes memory confirm = _confirm(key, OWNER, NOON);
        DeviceRegistry elsewhere = new DeviceRegistry(address(ledger), address(0));
        bytes memory ownerSignature = _ownerSign(OWNER, digest);
        vm.expectRevert();
        elsewhere.pairByConfirm(pairing, x, y, NOON, confirm, ownerSignature, _noRelease());
    }

    function test_pairByConfirm_refusesAConfirmThatNamesAnotherOwner() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        bytes32 digest = sha256(abi.encodePacked(vm.addr(OTHER), NOON));
        bytes memory confirm = _confirm(key, OWNER, NOON);
        bytes memory ownerSignature = _ownerSign(OTHER, _digest("Pairing", pairing));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceSignatureInvalid.selector, device, digest));
        registry.pairByConfirm(pairing, x, y, NOON, confirm, ownerSignature, _noRelease());
    }

    function test_pairByConfirm_refusesAP256Device() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 2, OWNER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.UnknownCurve.selector, 2));
        registry.pairByConfirm(pairing, x, y, NOON, "", "", _noRelease());
    }

    // ---- release

    function test_release_aRevokedKeyPairsAgainOnlyWithTheWordOfItsLastOwner() external {
        _pair(_pairing(device, 1, OWNER));
        _revoke(OWNER);
        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        bytes memory refusal = abi.encodeWithSelector(IDeviceRegistry.ReleaseMissing.selector, device, vm.addr(OWNER));
        _refusesPair(pairing, OTHER, refusal);
        // Nor for the one who revoked it, by the device's signature alone.
        _refusesPair(_pairing(device, 1, OWNER), OWNER, refusal);
        _refusesConfirm(NOON, OTHER, refusal);

        _pairReleased(pairing, OTHER, _release(pairing, OWNER));
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OTHER));
        vm.assertEq(registry.registrationOf(device).revokedFrom, 0);
    }

    function test_release_aRevokedPebblePairsAgainByItsConfirm() external {
        _pairByConfirm(NOON, OWNER);
        _revoke(OWNER);
        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        bytes memory ownerSignature = _ownerSign(OTHER, _digest("Pairing", pairing));
        bytes memory confirm = _confirm(key, OTHER, NOON + 1);
        registry.pairByConfirm(pairing, x, y, NOON + 1, confirm, ownerSignature, _release(pairing, OWNER));
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OTHER));
    }

    function test_release_theFirstKeyComesBackByBothOwnersSignatures() external {
        _pair(_pairing(device, 1, OWNER));
        _rotate(0x2222, OWNER);
        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        _refusesPair(
            pairing, OTHER, abi.encodeWithSelector(IDeviceRegistry.ReleaseMissing.selector, device, vm.addr(OWNER))
        );
        _pairReleased(pairing, OTHER, _release(pairing, OWNER));
        vm.assertEq(registry.registrationOf(device).x, x);
        vm.assertEq(registry.holderOf(device, 2), vm.addr(OTHER));
    }

    function test_release_isOfTheLastOwnerAndOfNobodyBefore() external {
        _pair(_pairing(device, 1, OWNER));
        _revoke(OWNER);
        vm.prank(vm.addr(OWNER));
        registry.transferFrom(vm.addr(OWNER), vm.addr(OTHER), uint160(device));
        _unpair(OTHER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        _refusesRelease(pairing, _release(pairing, OWNER), _releaseInvalid(pairing, OTHER));
        _pairReleased(pairing, OWNER, _release(pairing, OTHER));
        vm.assertEq(registry.termOf(device), 3);
    }

    function test_release_isForOneOwnerOnePairingAndOneTime() external {
        _pair(_pairing(device, 1, OWNER));
        _revoke(OWNER);
        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        IDeviceRegistry.Release memory release = _release(pairing, OWNER);

        // To somebody else.
        IDeviceRegistry.Pairing memory stranger = _pairing(device, 1, 0x5555);
        _refusesRelease(stranger, release, _releaseInvalid(stranger, OWNER));
        // Too late.
        vm.warp(release.deadline + 1);
        pairing.deadline = release.deadline + 1 hours;
        bytes memory expired =
            abi.encodeWithSelector(IDeviceRegistry.ReleaseExpired.selector, release.deadline, release.deadline + 1);
        _refusesRelease(pairing, release, expired);
        // A deadline that was not signed.
        IDeviceRegistry.Release memory longer =
            IDeviceRegistry.Release({deadline: release.deadline + 1, signature: release.signature});
        vm.expectRevert();
        this.pairReleased(pairing, OTHER, longer);
        vm.warp(release.deadline);
        _pairReleased(pairing, OTHER, release);

        // The same word a second time.
        _revoke(OTHER);
        _unpair(OTHER);
        pairing = _pairing(device, 1, OTHER);
        _refusesRelease(pairing, release, "");
    }

    function test_release_opensNothingToAThirdKey() external {
        _pair(_pairing(device, 1, OWNER));
        _rotate(0x2222, OWNER);
        _rotate(0x3333, OWNER);
        _unpair(OWNER);
        (bytes32 nx, bytes32 ny) = _p256(0x2222);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 2, OTHER);
        bytes32 digest = _digest("Pairing", pairing);
        (bytes memory deviceSignature, bytes memory ownerSignature) =
            (_p256Sign(0x2222, digest), _ownerSign(OTHER, digest));
        IDeviceRegistry.Release memory release = _release(pairing, OWNER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.WrongKey.selector, device, _addressOf(nx, ny)));
        registry.pair(pairing, nx, ny, deviceSignature, ownerSignature, release);
    }

    function test_release_takesALastOwnerThatIsAContract() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        pairing.owner = address(new Wallet(vm.addr(OWNER)));
        _pair(pairing);
        vm.startPrank(pairing.owner);
        registry.revoke(device);
        registry.unpair(device);
        vm.stopPrank();
        pairing = _pairing(device, 1, OTHER);
        _pairReleased(pairing, OTHER, _release(pairing, OWNER));
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OTHER));
    }

    function test_unpair_withoutARevocationAsksForNoRelease() external {
        _pair(_pairing(device, 1, OWNER));
        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        _pairReleased(pairing, OTHER, _noRelease());
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OTHER));
    }

    // ---- pairAttested

    function test_pairAttested_takesTheManufacturersWordAndSaysSo() external {
        address attested = _attest(0x77, OWNER);
        vm.assertEq(registry.registrationOf(attested).grade, 3);
        vm.assertEq(registry.ownerOf(uint160(attested)), vm.addr(OWNER));
    }

    function test_pairAttested_refusesADeviceThatWasPairedBefore() external {
        _pair(_pairing(device, 1, OWNER));
        _unpair(OWNER);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        bytes memory word = _ownerSign(MANUFACTURER_KEY, _digest("Attestation", pairing));
        bytes memory ownerSignature = _ownerSign(OTHER, _digest("Pairing", pairing));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.PairedBefore.selector, device, 1));
        registry.pairAttested(pairing, x, y, word, ownerSignature);
    }

    function test_pairAttested_refusesAnyoneElsesWordAndAnyOtherType() external {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes memory ownerSignature = _ownerSign(OWNER, _digest("Pairing", pairing));
        bytes memory refusal = abi.encodeWithSelector(
            IDeviceRegistry.ManufacturerSignatureInvalid.selector,
            vm.addr(MANUFACTURER_KEY),
            _digest("Attestation", pairing)
        );
        bytes memory word = _ownerSign(OTHER, _digest("Attestation", pairing));
        vm.expectRevert(refusal);
        registry.pairAttested(pairing, x, y, word, ownerSignature);
        word = _ownerSign(MANUFACTURER_KEY, _digest("Pairing", pairing));
        vm.expectRevert(refusal);
        registry.pairAttested(pairing, x, y, word, ownerSignature);
    }

    function test_pairAttested_refusesEveryWordWhereNoManufacturerIsNamed() external {
        registry = new DeviceRegistry(address(ledger), address(0));
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OWNER);
        bytes memory ownerSignature = _ownerSign(OWNER, _digest("Pairing", pairing));
        vm.expectRevert();
        registry.pairAttested(pairing, x, y, new bytes(65), ownerSignature);
    }

    // ---- rotateKey

    function test_rotateKey_changesTheKeyAndKeepsTheIdentity() external {
        _pair(_pairing(device, 1, OWNER));
        (bytes32 nx, bytes32 ny) = _p256(0x2222);
        _rotate(0x2222, OWNER);
        IDeviceRegistry.Registration memory held = registry.registrationOf(device);
        vm.assertEq(held.x, nx);
        vm.assertEq(held.y, ny);
        vm.assertEq(held.curve, 2);
        vm.assertEq(held.term, 1);
        vm.assertEq(held.owner, vm.addr(OWNER));
    }

    function test_rotateKey_liftsARevocation() external {
        _pair(_pairing(device, 1, OWNER));
        vm.prank(vm.addr(OWNER));
        registry.revoke(device);
        _rotate(0x2222, OWNER);
        vm.assertEq(registry.registrationOf(device).revokedFrom, 0);
    }

    function test_rotateKey_demandsTheOwner() external {
        _pair(_pairing(device, 1, OWNER));
        (IDeviceRegistry.Rotation memory rotation, bytes32 digest) = _rotation(0x2222);
        (bytes memory newKey, bytes memory stranger) = (_p256Sign(0x2222, digest), _ownerSign(OTHER, digest));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.OwnerSignatureInvalid.selector, vm.addr(OWNER), digest));
        registry.rotateKey(rotation, newKey, stranger);
    }

    function test_rotateKey_demandsProofThatTheNewKeyIsHeld() external {
        _pair(_pairing(device, 1, OWNER));
        (IDeviceRegistry.Rotation memory rotation, bytes32 digest) = _rotation(0x2222);
        (bytes memory oldKey, bytes memory owner) = (_deviceSign(key, digest), _ownerSign(OWNER, digest));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceSignatureInvalid.selector, device, digest));
        registry.rotateKey(rotation, oldKey, owner);
    }

    function test_rotateKey_refusesItsReplayAndADeviceNobodyHolds() external {
        (IDeviceRegistry.Rotation memory rotation, bytes32 digest) = _rotation(0x2222);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotPaired.selector, device));
        registry.rotateKey(rotation, "", "");

        _pair(_pairing(device, 1, OWNER));
        (rotation, digest) = _rotation(0x2222);
        (bytes memory newKey, bytes memory owner) = (_p256Sign(0x2222, digest), _ownerSign(OWNER, digest));
        registry.rotateKey(rotation, newKey, owner);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.WrongNonce.selector, 2, 1));
        registry.rotateKey(rotation, newKey, owner);
    }

    function test_rotateKey_leavesTheLastKeyAsTheOnlyOneThatPairsByItself() external {
        _pair(_pairing(device, 1, OWNER));
        _rotate(0x2222, OWNER);
        _unpair(OWNER);
        bytes memory refusal = abi.encodeWithSelector(IDeviceRegistry.ReleaseMissing.selector, device, vm.addr(OWNER));
        _refusesPair(_pairing(device, 1, OTHER), OTHER, refusal);

        (bytes32 nx, bytes32 ny) = _p256(0x2222);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 2, OTHER);
        bytes32 digest = _digest("Pairing", pairing);
        registry.pair(pairing, nx, ny, _p256Sign(0x2222, digest), _ownerSign(OTHER, digest), _noRelease());
        vm.assertEq(registry.ownerOf(uint160(device)), vm.addr(OTHER));
    }

    function test_rotateKey_bringsABuyerBackToTheFirstKeyWithoutItsSeller() external {
        _pair(_pairing(device, 1, OWNER));
        _rotate(0x2222, OWNER);
        _revoke(OWNER);
        vm.prank(vm.addr(OWNER));
        registry.transferFrom(vm.addr(OWNER), vm.addr(OTHER), uint160(device));

        IDeviceRegistry.Rotation memory rotation = IDeviceRegistry.Rotation({
            device: device, curve: 1, x: x, y: y, nonce: registry.nonceOf(device), deadline: block.timestamp
        });
        bytes32 digest = _typed(keccak256(abi.encode(ROTATION, rotation)));
        registry.rotateKey(rotation, _deviceSign(key, digest), _ownerSign(OTHER, digest));
        vm.assertEq(registry.registrationOf(device).x, x);
        vm.assertEq(registry.registrationOf(device).revokedFrom, 0);
    }

    // ---- revoke, unpair, transfer

    function test_revoke_marksTheBlockOnceAndForTheOwnerAlone() external {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotPaired.selector, device));
        registry.revoke(device);
        _pair(_pairing(device, 1, OWNER));
        vm.prank(vm.addr(OWNER));
        registry.approve(vm.addr(OTHER), uint160(device));
        vm.prank(vm.addr(OTHER));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotOwner.selector, vm.addr(OWNER), vm.addr(OTHER)));
        registry.revoke(device);

        vm.roll(4321);
        vm.startPrank(vm.addr(OWNER));
        vm.expectEmit(address(registry));
        emit IDeviceRegistry.Revoked(device, 4321);
        registry.revoke(device);
        vm.assertEq(registry.registrationOf(device).revokedFrom, 4321);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.RevokedAlready.selector, device, 4321));
        registry.revoke(device);
    }

    function test_unpair_freesTheDeviceAndKeepsItsTerms() external {
        _pair(_pairing(device, 1, OWNER));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotOwner.selector, vm.addr(OWNER), address(this)));
        registry.unpair(device);
        _unpair(OWNER);
        vm.assertEq(registry.registrationOf(device).owner, address(0));
        vm.assertEq(registry.holderOf(device, 1), vm.addr(OWNER));

        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, OTHER);
        bytes32 digest = _digest("Pairing", pairing);
        registry.pair(pairing, x, y, _deviceSign(key, digest), _ownerSign(OTHER, digest), _noRelease());
        vm.assertEq(registry.termOf(device), 2);
        vm.assertEq(registry.holderOf(device, 1), vm.addr(OWNER));
        vm.assertEq(registry.holderOf(device, 2), vm.addr(OTHER));
    }

    function test_transfer_toTheHolderStartsNoTerm() external {
        _pair(_pairing(device, 1, OWNER));
        address holder = vm.addr(OWNER);
        vm.prank(holder);
        registry.transferFrom(holder, holder, uint160(device));
        vm.prank(holder);
        registry.safeTransferFrom(holder, holder, uint160(device));
        vm.assertEq(registry.termOf(device), 1);
        vm.assertEq(registry.holderOf(device, 2), address(0));
        vm.assertEq(registry.ownerOf(uint160(device)), holder);
    }

    function testFuzz_transfer_startsATermForEachHolder(address[8] memory holders) external {
        _pair(_pairing(device, 1, OWNER));
        address holder = vm.addr(OWNER);
        for (uint32 i; i < 8; ++i) {
            vm.assume(holders[i] != address(0) && holders[i] != holder);
            vm.expectEmit(address(registry));
            emit IDeviceRegistry.TermStarted(device, i + 2, holders[i]);
            vm.prank(holder);
            registry.transferFrom(holder, holders[i], uint160(device));
            holder = holders[i];
        }
        vm.assertEq(registry.termOf(device), 9);
        vm.assertEq(registry.holderOf(device, 1), vm.addr(OWNER));
        for (uint32 i; i < 8; ++i) {
            vm.assertEq(registry.holderOf(device, i + 2), holders[i]);
        }
        vm.assertEq(registry.holderOf(device, 10), address(0));
        vm.assertEq(registry.registrationOf(device).x, x);
    }

    // ---- keys

    function test_hasSigned_agreesWithTypeScriptOnEveryWycheproofSignature() external {
        SignatureCase[] memory cases =
            abi.decode(vm.readFileBinary(string.concat(FIXTURES, "signature-vectors.bin")), (SignatureCase[]));
        vm.skip(cases.length == 0, "../shared/vectors is not there");
        DeviceKeyFace face = new DeviceKeyFace();
        for (uint256 i; i < cases.length; ++i) {
            SignatureCase memory it = cases[i];
            vm.assertEq(face.hasSigned(it.curve, it.x, it.y, it.digest, it.signature), it.low);
            if (it.curve == 1) vm.assertEq(face.hasSignedAnyS(it.x, it.y, it.digest, it.signature), it.any);
        }
    }

    // ---- builders

    function _k1(uint256 privateKey) private returns (bytes32, bytes32, address) {
        Vm.Wallet memory wallet = vm.createWallet(privateKey);
        return (bytes32(wallet.publicKeyX), bytes32(wallet.publicKeyY), wallet.addr);
    }

    function _pair(IDeviceRegistry.Pairing memory pairing) private {
        bytes32 digest = _digest("Pairing", pairing);
        registry.pair(pairing, x, y, _deviceSign(key, digest), _ownerSign(OWNER, digest), _noRelease());
    }

    function _refusesPair(IDeviceRegistry.Pairing memory pairing, uint256 owner, bytes memory refusal) private {
        bytes32 digest = _digest("Pairing", pairing);
        (bytes memory deviceSignature, bytes memory ownerSignature) =
            (_deviceSign(key, digest), _ownerSign(owner, digest));
        vm.expectRevert(refusal);
        registry.pair(pairing, x, y, deviceSignature, ownerSignature, _noRelease());
    }

    function _unpair(uint256 owner) private {
        vm.prank(vm.addr(owner));
        registry.unpair(device);
    }

    function _confirm(uint256 privateKey, uint256 owner, uint32 timestamp) private pure returns (bytes memory) {
        return _deviceSign(privateKey, sha256(abi.encodePacked(vm.addr(owner), timestamp)));
    }

    function _pairByConfirm(uint32 timestamp, uint256 owner) private {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, owner);
        bytes memory ownerSignature = _ownerSign(owner, _digest("Pairing", pairing));
        registry.pairByConfirm(pairing, x, y, timestamp, _confirm(key, owner, timestamp), ownerSignature, _noRelease());
    }

    function _refusesConfirm(uint32 timestamp, uint256 owner, bytes memory refusal) private {
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 1, owner);
        bytes memory ownerSignature = _ownerSign(owner, _digest("Pairing", pairing));
        bytes memory confirm = _confirm(key, owner, timestamp);
        vm.expectRevert(refusal);
        registry.pairByConfirm(pairing, x, y, timestamp, confirm, ownerSignature, _noRelease());
    }

    function _outOfTime(uint32 timestamp) private view returns (bytes memory) {
        (uint256 oldest, uint256 newest) = (block.timestamp - 600, block.timestamp + 60);
        return abi.encodeWithSelector(IDeviceRegistry.ConfirmOutOfTime.selector, oldest, newest, timestamp);
    }

    function _revoke(uint256 owner) private {
        vm.prank(vm.addr(owner));
        registry.revoke(device);
    }

    function _releaseDigest(IDeviceRegistry.Pairing memory pairing, uint256 deadline) private view returns (bytes32) {
        return _typed(keccak256(abi.encode(RELEASE, pairing.device, pairing.owner, pairing.nonce, deadline)));
    }

    /// @dev Good for half an hour, which is not the pairing's time.
    function _release(IDeviceRegistry.Pairing memory pairing, uint256 lastOwner)
        private
        view
        returns (IDeviceRegistry.Release memory release)
    {
        release.deadline = block.timestamp + 30 minutes;
        release.signature = _ownerSign(lastOwner, _releaseDigest(pairing, release.deadline));
    }

    function _releaseInvalid(IDeviceRegistry.Pairing memory pairing, uint256 lastOwner)
        private
        view
        returns (bytes memory)
    {
        bytes32 digest = _releaseDigest(pairing, block.timestamp + 30 minutes);
        return abi.encodeWithSelector(IDeviceRegistry.ReleaseSignatureInvalid.selector, vm.addr(lastOwner), digest);
    }

    function _pairReleased(
        IDeviceRegistry.Pairing memory pairing,
        uint256 owner,
        IDeviceRegistry.Release memory release
    ) private {
        bytes32 digest = _digest("Pairing", pairing);
        registry.pair(pairing, x, y, _deviceSign(key, digest), _ownerSign(owner, digest), release);
    }

    /// @dev One call, so that a test can expect its revert whatever it has to work out first.
    function pairReleased(IDeviceRegistry.Pairing memory pairing, uint256 owner, IDeviceRegistry.Release memory release)
        external
    {
        _pairReleased(pairing, owner, release);
    }

    /// @dev `refusal` empty: whichever. The owner is whoever the pairing names, of those known here.
    function _refusesRelease(
        IDeviceRegistry.Pairing memory pairing,
        IDeviceRegistry.Release memory release,
        bytes memory refusal
    ) private {
        uint256 owner = pairing.owner == vm.addr(OWNER) ? OWNER : pairing.owner == vm.addr(OTHER) ? OTHER : 0x5555;
        if (refusal.length == 0) vm.expectRevert();
        else vm.expectRevert(refusal);
        this.pairReleased(pairing, owner, release);
    }

    function _rotation(uint256 newKey) private view returns (IDeviceRegistry.Rotation memory rotation, bytes32 digest) {
        (bytes32 nx, bytes32 ny) = _p256(newKey);
        rotation = IDeviceRegistry.Rotation({
            device: device, curve: 2, x: nx, y: ny, nonce: registry.nonceOf(device), deadline: block.timestamp
        });
        digest = _typed(keccak256(abi.encode(ROTATION, rotation)));
    }

    function _rotate(uint256 newKey, uint256 owner) private {
        (IDeviceRegistry.Rotation memory rotation, bytes32 digest) = _rotation(newKey);
        registry.rotateKey(rotation, _p256Sign(newKey, digest), _ownerSign(owner, digest));
    }

    function _highS(bytes memory signature) private pure returns (bytes memory) {
        (bytes32 r, uint256 s) = abi.decode(signature, (bytes32, uint256));
        return abi.encode(r, K1_N - s);
    }
}
