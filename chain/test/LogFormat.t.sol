// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ILaneLedger} from "../src/interfaces/ILaneLedger.sol";
import {LogFormat} from "../src/lib/LogFormat.sol";
import {Rfc6962} from "../src/lib/Rfc6962.sol";
import {Test} from "./Test.sol";

/// @dev Leaves come as calldata, so the library is met through a call.
contract LogFormatFace {
    function readRecord(bytes calldata body) external pure returns (LogFormat.Record memory) {
        return LogFormat.readRecord(body);
    }

    function readSummary(bytes calldata leaf) external pure returns (LogFormat.Summary memory) {
        return LogFormat.readSummary(leaf);
    }
}

/// @dev On the bytes of `sdk/log/vectors.json`, which the TypeScript side is held to as well.
contract LogFormatTest is Test {
    struct Leaf {
        bytes leaf;
        bytes32 leafHash;
        bytes32[] words;
    }

    struct Encoded {
        bytes encoded;
        bytes32 hash;
    }

    LogFormatFace private face = new LogFormatFace();

    function test_readRecord_readsWhatTypeScriptWrote() external view {
        Leaf[] memory leaves = _leaves("records.bin");
        for (uint256 i; i < leaves.length; ++i) {
            LogFormat.Record memory it = face.readRecord(leaves[i].leaf);
            vm.assertEq(it.version, 1);
            bytes memory words =
                abi.encode(it.format, it.quality, it.readings, it.sequence, it.acceptedAt, it.device, it.digest);
            vm.assertEq(words, abi.encodePacked(leaves[i].words));
        }
    }

    function test_readRecord_refusesOtherLengthsAndVersions() external {
        bytes memory body = new bytes(76);
        vm.expectRevert(abi.encodeWithSelector(LogFormat.UnknownRecordVersion.selector, 0));
        face.readRecord(body);
        for (uint256 length = 75; length <= 77; length += 2) {
            vm.expectRevert(abi.encodeWithSelector(LogFormat.WrongLength.selector, 76, length));
            face.readRecord(new bytes(length));
        }
    }

    function test_readSummary_readsWhatTypeScriptWrote() external {
        Leaf[] memory leaves = _leaves("summaries.bin");
        for (uint256 i; i < leaves.length; ++i) {
            LogFormat.Summary memory it = face.readSummary(leaves[i].leaf);
            vm.assertEq(abi.encode(it), abi.encodePacked(leaves[i].words));
        }
        vm.expectRevert(abi.encodeWithSelector(LogFormat.WrongLength.selector, 68, 67));
        face.readSummary(new bytes(67));
    }

    function test_earningsLeaf_isWhatTypeScriptWrites() external view {
        Leaf[] memory leaves = _leaves("earnings.bin");
        for (uint256 i; i < leaves.length; ++i) {
            bytes32[] memory words = leaves[i].words;
            vm.assertEq(LogFormat.earningsLeaf(_device(words), _term(words), uint256(words[2])), leaves[i].leaf);
        }
    }

    function test_weightsLeaf_isWhatTypeScriptWrites() external view {
        Leaf[] memory leaves = _leaves("weights.bin");
        for (uint256 i; i < leaves.length; ++i) {
            bytes32[] memory words = leaves[i].words;
            (uint64 score, uint64 weight) = (uint64(uint256(words[2])), uint64(uint256(words[3])));
            vm.assertEq(LogFormat.weightsLeaf(_device(words), _term(words), score, weight), leaves[i].leaf);
        }
    }

    function test_header_isEncodedAndHashedAsInTypeScript() external view {
        Encoded[] memory cases = abi.decode(vm.readFileBinary(string.concat(FIXTURES, "header.bin")), (Encoded[]));
        ILaneLedger.Header memory header = abi.decode(cases[0].encoded, (ILaneLedger.Header));
        vm.assertEq(abi.encode(header), cases[0].encoded);
        vm.assertEq(keccak256(abi.encode(header)), cases[0].hash);
    }

    function _leaves(string memory name) private view returns (Leaf[] memory leaves) {
        leaves = abi.decode(vm.readFileBinary(string.concat(FIXTURES, name)), (Leaf[]));
        vm.assertTrue(leaves.length != 0);
        for (uint256 i; i < leaves.length; ++i) {
            vm.assertEq(Rfc6962.leafHash(leaves[i].leaf), leaves[i].leafHash);
        }
    }

    function _device(bytes32[] memory words) private pure returns (address) {
        return address(uint160(uint256(words[0])));
    }

    function _term(bytes32[] memory words) private pure returns (uint32) {
        return uint32(uint256(words[1]));
    }
}
