// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDeviceRegistry} from "./interfaces/IDeviceRegistry.sol";
import {DeviceKey} from "./lib/DeviceKey.sol";

contract DeviceRegistry is IDeviceRegistry, ERC721, EIP712 {
    /**
     * @dev Four slots; the last packs to 256 bits. `nonce` runs out after 2.8e14 pairings, `term` after 4.2e9, `confirmedAt` in 2106 as
     * the Pebble's own clock does. `revokedFrom` outlives the owner who revoked: only a rotation or a released pairing clears it.
     */
    struct Device {
        bytes32 x;
        bytes32 y;
        bytes32 model;
        uint64 cell;
        uint64 revokedFrom;
        uint48 nonce;
        uint32 term;
        uint32 confirmedAt;
        uint8 curve;
        uint8 grade;
    }

    bytes32 private constant RELEASE = keccak256("Release(address device,address to,uint256 nonce,uint256 deadline)");

    /// @dev Seconds from a Pebble's Enter to its pairing: the transaction's way, and a slow chain's blocks.
    uint256 private constant CONFIRM_LIFE = 600;
    /// @dev Seconds that a Pebble's clock may be ahead of the block: it takes the mobile network's time, and restarts a few seconds ahead.
    uint256 private constant CONFIRM_AHEAD = 60;

    uint8 private constant FULL = 1;
    uint8 private constant LEGACY = 2;
    uint8 private constant ATTESTED = 3;
    bytes32 private constant PAIRING = keccak256(
        "Pairing(address owner,address device,uint8 curve,bytes32 model,uint64 cell,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant ATTESTATION = keccak256(
        "Attestation(address owner,address device,uint8 curve,bytes32 model,uint64 cell,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant ROTATION =
        keccak256("Rotation(address device,uint8 curve,bytes32 x,bytes32 y,uint256 nonce,uint256 deadline)");

    address public immutable override ledger;
    address public immutable override manufacturer;
    uint256 public immutable override deployedAt;
    mapping(address device => Device) private _devices;
    mapping(address device => mapping(uint32 term => address)) private _holders;

    constructor(address ledger_, address manufacturer_)
        ERC721("Cairn Device", "CAIRND")
        EIP712("Cairn DeviceRegistry", "1")
    {
        ledger = ledger_;
        manufacturer = manufacturer_;
        deployedAt = block.number;
    }

    /// @inheritdoc IDeviceRegistry
    function pair(
        Pairing calldata pairing,
        bytes32 x,
        bytes32 y,
        bytes calldata deviceSignature,
        bytes calldata ownerSignature,
        Release calldata release
    ) external override {
        bytes32 digest = _checkPairing(pairing, x, y, ownerSignature);
        _checkKey(pairing, x, y, release);
        _checkLength(deviceSignature);
        if (!DeviceKey.hasSigned(pairing.curve, x, y, digest, deviceSignature)) {
            revert DeviceSignatureInvalid(pairing.device, digest);
        }

        _pair(pairing, x, y, FULL);
    }

    /// @inheritdoc IDeviceRegistry
    function pairByConfirm(
        Pairing calldata pairing,
        bytes32 x,
        bytes32 y,
        uint32 timestamp,
        bytes calldata confirmSignature,
        bytes calldata ownerSignature,
        Release calldata release
    ) external override {
        if (pairing.curve != DeviceKey.SECP256K1) revert UnknownCurve(pairing.curve);
        _checkPairing(pairing, x, y, ownerSignature);
        _checkKey(pairing, x, y, release);
        _checkLength(confirmSignature);
        _checkConfirmTime(_devices[pairing.device].confirmedAt, timestamp);
        bytes32 digest = sha256(bytes.concat(bytes20(pairing.owner), bytes4(timestamp)));
        if (!DeviceKey.hasSignedAnyS(x, y, digest, confirmSignature)) {
            revert DeviceSignatureInvalid(pairing.device, digest);
        }

        _devices[pairing.device].confirmedAt = timestamp;
        _pair(pairing, x, y, LEGACY);
    }

    /// @inheritdoc IDeviceRegistry
    function pairAttested(
        Pairing calldata pairing,
        bytes32 x,
        bytes32 y,
        bytes calldata manufacturerSignature,
        bytes calldata ownerSignature
    ) external override {
        uint32 term = _devices[pairing.device].term;
        if (term != 0) revert PairedBefore(pairing.device, term);
        _checkPairing(pairing, x, y, ownerSignature);
        _checkFirstKey(pairing.device, x, y);
        bytes32 digest = _digestOf(ATTESTATION, pairing);
        if (!SignatureChecker.isValidSignatureNowCalldata(manufacturer, digest, manufacturerSignature)) {
            revert ManufacturerSignatureInvalid(manufacturer, digest);
        }

        _pair(pairing, x, y, ATTESTED);
    }

    /// @inheritdoc IDeviceRegistry
    function rotateKey(Rotation calldata rotation, bytes calldata newKeySignature, bytes calldata ownerSignature)
        external
        override
    {
        address owner = _ownerOf(uint160(rotation.device));
        if (owner == address(0)) revert NotPaired(rotation.device);
        Device storage device = _devices[rotation.device];
        _checkFresh(device.nonce, rotation.nonce, rotation.deadline);
        _checkOnCurve(rotation.curve, rotation.x, rotation.y);
        _checkLength(newKeySignature);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ROTATION, rotation)));
        _checkOwner(owner, digest, ownerSignature);
        if (!DeviceKey.hasSigned(rotation.curve, rotation.x, rotation.y, digest, newKeySignature)) {
            revert DeviceSignatureInvalid(rotation.device, digest);
        }

        (device.curve, device.x, device.y) = (rotation.curve, rotation.x, rotation.y);
        (device.revokedFrom, device.nonce) = (0, device.nonce + 1);
        emit KeyRotated(rotation.device, rotation.curve, rotation.x, rotation.y);
    }

    /// @inheritdoc IDeviceRegistry
    function revoke(address device) external override {
        _checkSender(device);
        uint64 revokedFrom = _devices[device].revokedFrom;
        if (revokedFrom != 0) revert RevokedAlready(device, revokedFrom);

        _devices[device].revokedFrom = uint64(block.number);
        emit Revoked(device, uint64(block.number));
    }

    /// @inheritdoc IDeviceRegistry
    function unpair(address device) external override {
        _checkSender(device);

        _burn(uint160(device));
        emit Unpaired(device, _devices[device].term);
    }

    /// @inheritdoc IDeviceRegistry
    function registrationOf(address device) external view override returns (Registration memory) {
        Device storage held = _devices[device];
        return Registration({
            owner: _ownerOf(uint160(device)),
            term: held.term,
            curve: held.curve,
            grade: held.grade,
            cell: held.cell,
            revokedFrom: held.revokedFrom,
            model: held.model,
            x: held.x,
            y: held.y
        });
    }

    /// @inheritdoc IDeviceRegistry
    function termOf(address device) external view override returns (uint32) {
        return _devices[device].term;
    }

    /// @inheritdoc IDeviceRegistry
    function holderOf(address device, uint32 term) external view override returns (address) {
        return _holders[device][term];
    }

    /// @inheritdoc IDeviceRegistry
    function nonceOf(address device) external view override returns (uint256) {
        return _devices[device].nonce;
    }

    /// @dev All that every way of pairing demands; returns the digest that the owner signed.
    function _checkPairing(Pairing calldata pairing, bytes32 x, bytes32 y, bytes calldata ownerSignature)
        private
        view
        returns (bytes32 digest)
    {
        address owner = _ownerOf(uint160(pairing.device));
        if (owner != address(0)) revert AlreadyPaired(pairing.device, owner);
        Device storage device = _devices[pairing.device];
        _checkFresh(device.nonce, pairing.nonce, pairing.deadline);
        _checkOnCurve(pairing.curve, x, y);
        digest = _digestOf(PAIRING, pairing);
        _checkOwner(pairing.owner, digest, ownerSignature);
    }

    /**
     * @dev A device that was paired before comes back with its last key, unless that was revoked. A key that was revoked, or the first key
     * once it was rotated away, may have leaked: it opens nothing without the word of the last owner, who knows whether it did.
     */
    function _checkKey(Pairing calldata pairing, bytes32 x, bytes32 y, Release calldata release) private view {
        Device storage device = _devices[pairing.device];
        if (device.term == 0) return _checkFirstKey(pairing.device, x, y);
        if (device.x == x && device.y == y && device.curve == pairing.curve) {
            if (device.revokedFrom == 0) return;
        } else {
            _checkFirstKey(pairing.device, x, y);
        }
        _checkRelease(pairing, _holders[pairing.device][device.term], release);
    }

    /// @dev A device is named after its first key.
    function _checkFirstKey(address device, bytes32 x, bytes32 y) private pure {
        address given = DeviceKey.addressOf(x, y);
        if (given != device) revert WrongKey(device, given);
    }

    function _checkRelease(Pairing calldata pairing, address lastOwner, Release calldata release) private view {
        if (release.signature.length == 0) revert ReleaseMissing(pairing.device, lastOwner);
        if (block.timestamp > release.deadline) revert ReleaseExpired(release.deadline, block.timestamp);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(RELEASE, pairing.device, pairing.owner, pairing.nonce, release.deadline))
        );
        if (!SignatureChecker.isValidSignatureNowCalldata(lastOwner, digest, release.signature)) {
            revert ReleaseSignatureInvalid(lastOwner, digest);
        }
    }

    /// @dev Two bounds, so that an old confirm pairs nothing and one dated far ahead locks nothing.
    function _checkConfirmTime(uint32 last, uint32 timestamp) private view {
        (uint256 oldest, uint256 newest) = (block.timestamp - CONFIRM_LIFE, block.timestamp + CONFIRM_AHEAD);
        if (timestamp < oldest || timestamp > newest) revert ConfirmOutOfTime(oldest, newest, timestamp);
        if (timestamp <= last) revert ConfirmReplayed(last, timestamp);
    }

    function _checkFresh(uint256 expected, uint256 nonce, uint256 deadline) private view {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        if (nonce != expected) revert WrongNonce(expected, nonce);
    }

    function _checkOnCurve(uint8 curve, bytes32 x, bytes32 y) private pure {
        if (curve != DeviceKey.SECP256K1 && curve != DeviceKey.P_256) revert UnknownCurve(curve);
        if (!DeviceKey.isOnCurve(curve, x, y)) revert KeyNotOnCurve(curve, x, y);
    }

    function _checkOwner(address owner, bytes32 digest, bytes calldata signature) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature)) {
            revert OwnerSignatureInvalid(owner, digest);
        }
    }

    function _checkSender(address device) private view {
        address owner = _ownerOf(uint160(device));
        if (owner == address(0)) revert NotPaired(device);
        // Not whom the owner approved: a market may move a device, never end it.
        if (owner != msg.sender) revert NotOwner(owner, msg.sender);
    }

    function _checkLength(bytes calldata signature) private pure {
        if (signature.length != 64) revert WrongSignatureLength(64, signature.length);
    }

    function _digestOf(bytes32 typeHash, Pairing calldata pairing) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(typeHash, pairing)));
    }

    function _pair(Pairing calldata pairing, bytes32 x, bytes32 y, uint8 grade) private {
        Device storage device = _devices[pairing.device];
        (device.x, device.y, device.curve) = (x, y, pairing.curve);
        (device.model, device.cell, device.grade) = (pairing.model, pairing.cell, grade);
        (device.revokedFrom, device.nonce) = (0, device.nonce + 1);
        emit Paired(
            pairing.device, pairing.owner, device.term + 1, pairing.curve, x, y, pairing.model, pairing.cell, grade
        );

        // Not _safeMint: a callback into the owner's contract is nobody's need here.
        _mint(pairing.owner, uint160(pairing.device));
    }

    /// @dev Every way that a device comes to an owner passes here, so no change of hands goes without its new term.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        // A device handed to who has it already changed no hands: nothing starts.
        if (to == address(0) || to == from) return from;
        address device = address(uint160(tokenId));
        uint32 term = ++_devices[device].term;
        _holders[device][term] = to;
        emit TermStarted(device, term, to);
    }
}
