// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title A device's public key, on either curve, and the signatures it makes.
library DeviceKey {
    uint8 internal constant SECP256K1 = 1;
    uint8 internal constant P_256 = 2;

    /// @dev SEC 2 §2.4.1: field prime and group order of secp256k1.
    uint256 private constant K1_P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;
    uint256 private constant K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function addressOf(bytes32 x, bytes32 y) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(x, y)))));
    }

    function isOnCurve(uint8 curve, bytes32 x, bytes32 y) internal pure returns (bool) {
        if (curve == P_256) return P256.isValidPublicKey(x, y);
        (uint256 a, uint256 b) = (uint256(x), uint256(y));
        if (a >= K1_P || b >= K1_P) return false;
        return mulmod(b, b, K1_P) == addmod(mulmod(a, mulmod(a, a, K1_P), K1_P), 7, K1_P);
    }

    /// @dev Low-S only. `signature` is r ‖ s.
    function hasSigned(uint8 curve, bytes32 x, bytes32 y, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        (bytes32 r, bytes32 s) = (bytes32(signature[0:32]), bytes32(signature[32:64]));
        if (curve == P_256) return P256.verify(digest, r, s, x, y);
        return _recovers(addressOf(x, y), digest, r, s);
    }

    /// @dev secp256k1, any S: a Pebble's signature is turned to low-S first, which keeps its validity.
    function hasSignedAnyS(bytes32 x, bytes32 y, bytes32 digest, bytes calldata signature)
        internal
        pure
        returns (bool)
    {
        (bytes32 r, uint256 s) = (bytes32(signature[0:32]), uint256(bytes32(signature[32:64])));
        if (s > K1_N / 2 && s < K1_N) s = K1_N - s;
        return _recovers(addressOf(x, y), digest, r, bytes32(s));
    }

    /// @dev The wire carries no recovery id, so both are tried.
    function _recovers(address signer, bytes32 digest, bytes32 r, bytes32 s) private pure returns (bool) {
        (address even,,) = ECDSA.tryRecover(digest, 27, r, s);
        if (even == signer) return true;
        (address odd,,) = ECDSA.tryRecover(digest, 28, r, s);
        return odd == signer;
    }
}
