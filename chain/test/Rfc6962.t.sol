// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Rfc6962} from "../src/lib/Rfc6962.sol";
import {Test} from "./Test.sol";
import {Trees} from "./Trees.sol";

/// @dev Proofs come as calldata, so the library is met through a call.
contract Rfc6962Face {
    function isIncluded(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata proof, bytes32 root)
        external
        pure
        returns (bool)
    {
        return Rfc6962.isIncluded(leaf, index, size, proof, root);
    }

    function isConsistent(uint256 from, uint256 size, bytes32 fromRoot, bytes32 root, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        return Rfc6962.isConsistent(from, size, fromRoot, root, proof);
    }
}

contract Rfc6962Test is Test {
    struct Inclusion {
        bytes32 leaf;
        uint256 index;
        uint256 size;
        bytes32 root;
        bytes32[] proof;
        bool holds;
    }

    struct Consistency {
        uint256 from;
        uint256 size;
        bytes32 fromRoot;
        bytes32 root;
        bytes32[] proof;
    }

    Rfc6962Face private face = new Rfc6962Face();

    function test_leafHash_isRfc6962sOwnExample() external pure {
        // RFC 6962's reference code: the hash of the empty leaf, and of the leaf "L123456".
        vm.assertEq(Rfc6962.leafHash(""), 0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d);
        vm.assertEq(Rfc6962.leafHash("L123456"), 0x395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56);
        vm.assertEq(
            Rfc6962.nodeHash("N123", "N456"), sha256(abi.encodePacked(hex"01", bytes32("N123"), bytes32("N456")))
        );
        vm.assertEq(Rfc6962.EMPTY_ROOT, sha256(""));
    }

    function test_isIncluded_agreesWithEveryPublicVector() external {
        Inclusion[] memory cases =
            abi.decode(vm.readFileBinary(string.concat(FIXTURES, "inclusion-vectors.bin")), (Inclusion[]));
        vm.skip(cases.length == 0, "../shared/vectors is not there");
        for (uint256 i; i < cases.length; ++i) {
            vm.assertEq(_isIncluded(cases[i]), cases[i].holds);
        }
    }

    function test_isIncluded_acceptsEveryProofThatTypeScriptMakes() external view {
        Inclusion[] memory cases =
            abi.decode(vm.readFileBinary(string.concat(FIXTURES, "inclusion.bin")), (Inclusion[]));
        vm.assertEq(cases.length, 2145);
        for (uint256 i; i < cases.length; ++i) {
            vm.assertTrue(_isIncluded(cases[i]));
        }
    }

    function test_isConsistent_acceptsEveryProofThatTypeScriptMakes() external view {
        Consistency[] memory cases =
            abi.decode(vm.readFileBinary(string.concat(FIXTURES, "consistency.bin")), (Consistency[]));
        vm.assertEq(cases.length, 2211);
        for (uint256 i; i < cases.length; ++i) {
            Consistency memory it = cases[i];
            vm.assertTrue(face.isConsistent(it.from, it.size, it.fromRoot, it.root, it.proof));
        }
    }

    function testFuzz_isIncluded_holdsForItsOwnLeafAlone(uint256 seed, uint256 size, uint256 index) external view {
        bytes32[] memory leaves = _leaves(seed, size = _bound(size, 1, 40));
        index = _bound(index, 0, size - 1);
        bytes32[] memory proof = Trees.inclusion(leaves, index);
        bytes32 root = Trees.root(leaves);
        vm.assertTrue(face.isIncluded(leaves[index], index, size, proof, root));

        for (uint256 other; other < size; ++other) {
            if (other == index) continue;
            vm.assertFalse(face.isIncluded(leaves[other], index, size, proof, root));
            vm.assertFalse(face.isIncluded(leaves[index], other, size, proof, root));
        }
        vm.assertFalse(face.isIncluded(leaves[index], size, size, proof, root));
        vm.assertFalse(face.isIncluded(leaves[index], index, 0, proof, root));
    }

    function testFuzz_isIncluded_refusesAChangedProof(uint256 seed, uint256 size, uint256 bit) external view {
        bytes32[] memory leaves = _leaves(seed, size = _bound(size, 2, 40));
        uint256 index = seed % size;
        bytes32[] memory proof = Trees.inclusion(leaves, index);
        bytes32 root = Trees.root(leaves);
        bytes32 was = proof[bit % proof.length];
        proof[bit % proof.length] ^= bytes32(1 << (bit >> 248));
        vm.assertFalse(face.isIncluded(leaves[index], index, size, proof, root));
        proof[bit % proof.length] = was;
        vm.assertTrue(face.isIncluded(leaves[index], index, size, proof, root));
        vm.assertFalse(face.isIncluded(leaves[index], index, size, _longer(proof), root));
        vm.assertFalse(face.isIncluded(leaves[index], index, size, _shorter(proof), root));
    }

    function testFuzz_isConsistent_holdsBetweenAnyTwoSizes(uint256 seed, uint256 from, uint256 size) external view {
        bytes32[] memory leaves = _leaves(seed, size = _bound(size, 1, 40));
        from = _bound(from, 0, size);
        bytes32[] memory proof = Trees.consistency(leaves, from);
        bytes32 root = Trees.root(leaves);
        bytes32 fromRoot = Trees.root(leaves, 0, from);
        vm.assertTrue(face.isConsistent(from, size, fromRoot, root, proof));

        vm.assertFalse(face.isConsistent(from, size, ~fromRoot, root, proof));
        // From nothing, anything grows; else the new root must be the one proved.
        vm.assertEq(face.isConsistent(from, size, fromRoot, ~root, proof), from == 0);
        vm.assertFalse(face.isConsistent(from, size, fromRoot, root, _longer(proof)));
        if (proof.length != 0) vm.assertFalse(face.isConsistent(from, size, fromRoot, root, _shorter(proof)));
        vm.assertFalse(face.isConsistent(size + 1, size, fromRoot, root, proof));
        // A log said to be far longer than its proof reaches.
        if (from != 0) vm.assertFalse(face.isConsistent(from, 4 * size + 1, fromRoot, root, proof));
    }

    function testFuzz_isConsistent_refusesARewrittenPast(uint256 seed, uint256 from, uint256 size, uint256 at)
        external
        view
    {
        bytes32[] memory leaves = _leaves(seed, size = _bound(size, 2, 40));
        from = _bound(from, 1, size - 1);
        bytes32 fromRoot = Trees.root(leaves, 0, from);
        leaves[at % from] ^= bytes32(uint256(1));
        vm.assertFalse(face.isConsistent(from, size, fromRoot, Trees.root(leaves), Trees.consistency(leaves, from)));
    }

    function testFuzz_isConsistent_holdsOnLogsOfAnySize(uint64 from, uint64 size) external view {
        vm.assume(from != 0 && from < size);
        (bytes32 fromRoot, bytes32 root, bytes32[] memory proof) = Trees.imagined(from, size);
        vm.assertTrue(face.isConsistent(from, size, fromRoot, root, proof));
        vm.assertLe(proof.length, 65);
    }

    function _isIncluded(Inclusion memory it) private view returns (bool) {
        return face.isIncluded(it.leaf, it.index, it.size, it.proof, it.root);
    }

    function _leaves(uint256 seed, uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            leaves[i] = Rfc6962.leafHash(abi.encode(seed, i));
        }
    }

    function _longer(bytes32[] memory proof) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](proof.length + 1);
        for (uint256 i; i < proof.length; ++i) {
            longer[i] = proof[i];
        }
    }

    function _shorter(bytes32[] memory proof) private pure returns (bytes32[] memory shorter) {
        shorter = new bytes32[](proof.length - 1);
        for (uint256 i; i < shorter.length; ++i) {
            shorter[i] = proof[i];
        }
    }
}
