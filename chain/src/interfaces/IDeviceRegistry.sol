// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/**
 * @title Who is a device, whose is it, and with which key does it sign.
 * @notice An ERC-721: the token id is the device's address, the last 20 bytes of keccak256(X ‖ Y) of the key it was first paired with.
 * That address stays when the key is rotated. Each span of one owner holding a device is a term; rewards accrue to terms.
 */
interface IDeviceRegistry {
    /**
     * @dev What owner and device sign, as EIP-712 type `Pairing` in the domain ("Cairn DeviceRegistry", "1").
     * @param curve 1 secp256k1, 2 P-256.
     * @param model ASCII, zeros on the right.
     * @param cell The H3 cell index that the owner declares, 0 for none.
     * @param nonce `nonceOf(device)`.
     * @param deadline Unix seconds; the last block time at which the pairing may land.
     */
    struct Pairing {
        address owner;
        address device;
        uint8 curve;
        bytes32 model;
        uint64 cell;
        uint256 nonce;
        uint256 deadline;
    }

    /**
     * @dev The word of a device's last owner, the holder of its last term, that the device may go to `pairing.owner` now. Signed as EIP-712
     * type `Release(address device,address to,uint256 nonce,uint256 deadline)` in the same domain, whose first three are the pairing's.
     * @param deadline Unix seconds; the last block time at which the pairing may land. Not the pairing's: seller and buyer sign apart.
     * @param signature 65 bytes, or what an ERC-1271 owner accepts; empty where none is given.
     */
    struct Release {
        uint256 deadline;
        bytes signature;
    }

    /// @dev What owner and new key sign, as EIP-712 type `Rotation` in the same domain.
    struct Rotation {
        address device;
        uint8 curve;
        bytes32 x;
        bytes32 y;
        uint256 nonce;
        uint256 deadline;
    }

    /**
     * @dev A device as it stands. All zero if it was never paired; `owner` alone is zero once it is unpaired.
     * @param grade How its running or last registration was made: 1 full, by its own signature over this network's pairing; 2 legacy,
     * by a Pebble's confirm; 3 attested, by its manufacturer's signature. A rotation of the key does not change it.
     * @param revokedFrom Block from which on the key counts no more, 0 while it is good.
     */
    struct Registration {
        address owner;
        uint32 term;
        uint8 curve;
        uint8 grade;
        uint64 cell;
        uint64 revokedFrom;
        bytes32 model;
        bytes32 x;
        bytes32 y;
    }

    event Paired(
        address indexed device,
        address indexed owner,
        uint32 term,
        uint8 curve,
        bytes32 x,
        bytes32 y,
        bytes32 model,
        uint64 cell,
        uint8 grade
    );
    /// @dev After every pairing and every transfer to another holder. The term before it ended with this block.
    event TermStarted(address indexed device, uint32 indexed term, address indexed holder);
    /// @dev Lifts a revocation.
    event KeyRotated(address indexed device, uint8 curve, bytes32 x, bytes32 y);
    event Revoked(address indexed device, uint64 revokedFrom);
    event Unpaired(address indexed device, uint32 term);

    error AlreadyPaired(address device, address owner);
    error NotPaired(address device);
    error NotOwner(address owner, address given);
    error PairedBefore(address device, uint32 term);
    error UnknownCurve(uint8 given);
    /// @dev Neither the device's first key, whose address is the device's, nor the last one that it was rotated to.
    error WrongKey(address device, address given);
    error KeyNotOnCurve(uint8 curve, bytes32 x, bytes32 y);
    error DeadlinePassed(uint256 deadline, uint256 time);
    error WrongNonce(uint256 expected, uint256 given);
    error WrongSignatureLength(uint256 expected, uint256 given);
    error DeviceSignatureInvalid(address device, bytes32 digest);
    error OwnerSignatureInvalid(address owner, bytes32 digest);
    error ManufacturerSignatureInvalid(address manufacturer, bytes32 digest);
    error ConfirmReplayed(uint32 last, uint32 given);
    /// @dev Not made within the ten minutes before this block, or dated more than a minute after it. Unix seconds.
    error ConfirmOutOfTime(uint256 oldest, uint256 newest, uint32 given);
    /// @dev Revoked, or rotated away: this key pairs again only with the last owner's `Release`.
    error ReleaseMissing(address device, address lastOwner);
    error ReleaseExpired(uint256 deadline, uint256 time);
    error ReleaseSignatureInvalid(address lastOwner, bytes32 digest);
    error RevokedAlready(address device, uint64 revokedFrom);

    /// @notice Pairs a device that signed the pairing itself. Anyone may send it.
    /// @dev A device that was never paired comes with its first key. One that its owner gave up comes with its last key; if that was
    /// revoked, or if it is the first key that comes back after a rotation, its last owner has to release it.
    /// @param deviceSignature 64 bytes r ‖ s by the device's key over the EIP-712 digest, low-S.
    /// @param ownerSignature 65 bytes over the same digest, or what an ERC-1271 owner accepts.
    /// @param release Looked at only where it is needed.
    function pair(
        Pairing calldata pairing,
        bytes32 x,
        bytes32 y,
        bytes calldata deviceSignature,
        bytes calldata ownerSignature,
        Release calldata release
    ) external;

    /// @notice Pairs a Pebble by its confirm packet: the device signs SHA-256(owner ‖ timestamp as 4 bytes).
    /// @dev The confirm is bound to no network and no nonce. So it lives ten minutes of block time, each device's timestamps must rise, and
    /// it pairs with the one owner that it names, whose own signature is bound to this network and nonce. High-S is accepted: Pebbles make it.
    /// @param timestamp Unix seconds, within [block time - 600, block time + 60].
    /// @param confirmSignature 64 bytes r ‖ s on secp256k1.
    function pairByConfirm(
        Pairing calldata pairing,
        bytes32 x,
        bytes32 y,
        uint32 timestamp,
        bytes calldata confirmSignature,
        bytes calldata ownerSignature,
        Release calldata release
    ) external;

    /// @notice Pairs a device that was never paired before on the manufacturer's word: grade 3.
    /// @param manufacturerSignature Over the EIP-712 type `Attestation`, which has the fields of `Pairing`.
    function pairAttested(
        Pairing calldata pairing,
        bytes32 x,
        bytes32 y,
        bytes calldata manufacturerSignature,
        bytes calldata ownerSignature
    ) external;

    /// @notice Gives a paired device a new key and lifts a revocation. Needs no signature of the old key, which may be lost or stolen.
    /// @param newKeySignature 64 bytes r ‖ s by the new key over the EIP-712 digest, low-S: proof that someone holds it.
    function rotateKey(Rotation calldata rotation, bytes calldata newKeySignature, bytes calldata ownerSignature)
        external;

    /// @notice The owner declares the key bad from this block on. A rotation lifts it; giving the device up does not.
    function revoke(address device) external;

    /// @notice The owner gives the device up, so that another may pair it. Its terms keep their holders.
    function unpair(address device) external;

    function registrationOf(address device) external view returns (Registration memory);

    /// @notice The running term, or the last one of an unpaired device; terms count from 1, 0 means never paired.
    function termOf(address device) external view returns (uint32);

    /// @notice Who held, or holds, the device in that term; zero for a term that never was.
    function holderOf(address device, uint32 term) external view returns (address);

    function nonceOf(address device) external view returns (uint256);

    /// @notice The network's LaneLedger: this one address names the whole network.
    function ledger() external view returns (address);

    /// @notice Whose word `pairAttested` takes; zero for nobody's.
    function manufacturer() external view returns (address);

    /// @notice Block of deployment: no event of the network is older.
    function deployedAt() external view returns (uint256);
}
