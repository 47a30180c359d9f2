// Written by `node chain/forge.mjs generate` from src/DeviceRegistry.sol. Not edited by hand.
export const deviceRegistry = {
  abi: [
    {
      "type": "constructor",
      "inputs": [
        {
          "name": "ledger_",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "manufacturer_",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "approve",
      "inputs": [
        {
          "name": "to",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "balanceOf",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "deployedAt",
      "inputs": [],
      "outputs": [
        {
          "name": "",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "eip712Domain",
      "inputs": [],
      "outputs": [
        {
          "name": "fields",
          "type": "bytes1",
          "internalType": "bytes1"
        },
        {
          "name": "name",
          "type": "string",
          "internalType": "string"
        },
        {
          "name": "version",
          "type": "string",
          "internalType": "string"
        },
        {
          "name": "chainId",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "verifyingContract",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "salt",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "extensions",
          "type": "uint256[]",
          "internalType": "uint256[]"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "getApproved",
      "inputs": [
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "holderOf",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "term",
          "type": "uint32",
          "internalType": "uint32"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "isApprovedForAll",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "operator",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "bool",
          "internalType": "bool"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "ledger",
      "inputs": [],
      "outputs": [
        {
          "name": "",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "manufacturer",
      "inputs": [],
      "outputs": [
        {
          "name": "",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "name",
      "inputs": [],
      "outputs": [
        {
          "name": "",
          "type": "string",
          "internalType": "string"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "nonceOf",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "ownerOf",
      "inputs": [
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "pair",
      "inputs": [
        {
          "name": "pairing",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Pairing",
          "components": [
            {
              "name": "owner",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "device",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "curve",
              "type": "uint8",
              "internalType": "uint8"
            },
            {
              "name": "model",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "cell",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "nonce",
              "type": "uint256",
              "internalType": "uint256"
            },
            {
              "name": "deadline",
              "type": "uint256",
              "internalType": "uint256"
            }
          ]
        },
        {
          "name": "x",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "y",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "deviceSignature",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "ownerSignature",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "release",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Release",
          "components": [
            {
              "name": "deadline",
              "type": "uint256",
              "internalType": "uint256"
            },
            {
              "name": "signature",
              "type": "bytes",
              "internalType": "bytes"
            }
          ]
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "pairAttested",
      "inputs": [
        {
          "name": "pairing",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Pairing",
          "components": [
            {
              "name": "owner",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "device",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "curve",
              "type": "uint8",
              "internalType": "uint8"
            },
            {
              "name": "model",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "cell",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "nonce",
              "type": "uint256",
              "internalType": "uint256"
            },
            {
              "name": "deadline",
              "type": "uint256",
              "internalType": "uint256"
            }
          ]
        },
        {
          "name": "x",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "y",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "manufacturerSignature",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "ownerSignature",
          "type": "bytes",
          "internalType": "bytes"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "pairByConfirm",
      "inputs": [
        {
          "name": "pairing",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Pairing",
          "components": [
            {
              "name": "owner",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "device",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "curve",
              "type": "uint8",
              "internalType": "uint8"
            },
            {
              "name": "model",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "cell",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "nonce",
              "type": "uint256",
              "internalType": "uint256"
            },
            {
              "name": "deadline",
              "type": "uint256",
              "internalType": "uint256"
            }
          ]
        },
        {
          "name": "x",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "y",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "timestamp",
          "type": "uint32",
          "internalType": "uint32"
        },
        {
          "name": "confirmSignature",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "ownerSignature",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "release",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Release",
          "components": [
            {
              "name": "deadline",
              "type": "uint256",
              "internalType": "uint256"
            },
            {
              "name": "signature",
              "type": "bytes",
              "internalType": "bytes"
            }
          ]
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "registrationOf",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Registration",
          "components": [
            {
              "name": "owner",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "term",
              "type": "uint32",
              "internalType": "uint32"
            },
            {
              "name": "curve",
              "type": "uint8",
              "internalType": "uint8"
            },
            {
              "name": "grade",
              "type": "uint8",
              "internalType": "uint8"
            },
            {
              "name": "cell",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "revokedFrom",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "model",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "x",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "y",
              "type": "bytes32",
              "internalType": "bytes32"
            }
          ]
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "revoke",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "rotateKey",
      "inputs": [
        {
          "name": "rotation",
          "type": "tuple",
          "internalType": "struct IDeviceRegistry.Rotation",
          "components": [
            {
              "name": "device",
              "type": "address",
              "internalType": "address"
            },
            {
              "name": "curve",
              "type": "uint8",
              "internalType": "uint8"
            },
            {
              "name": "x",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "y",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "nonce",
              "type": "uint256",
              "internalType": "uint256"
            },
            {
              "name": "deadline",
              "type": "uint256",
              "internalType": "uint256"
            }
          ]
        },
        {
          "name": "newKeySignature",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "ownerSignature",
          "type": "bytes",
          "internalType": "bytes"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "safeTransferFrom",
      "inputs": [
        {
          "name": "from",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "to",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "safeTransferFrom",
      "inputs": [
        {
          "name": "from",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "to",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "data",
          "type": "bytes",
          "internalType": "bytes"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "setApprovalForAll",
      "inputs": [
        {
          "name": "operator",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "approved",
          "type": "bool",
          "internalType": "bool"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "supportsInterface",
      "inputs": [
        {
          "name": "interfaceId",
          "type": "bytes4",
          "internalType": "bytes4"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "bool",
          "internalType": "bool"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "symbol",
      "inputs": [],
      "outputs": [
        {
          "name": "",
          "type": "string",
          "internalType": "string"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "termOf",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "uint32",
          "internalType": "uint32"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "tokenURI",
      "inputs": [
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "string",
          "internalType": "string"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "transferFrom",
      "inputs": [
        {
          "name": "from",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "to",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "unpair",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "event",
      "name": "Approval",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "approved",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "indexed": true,
          "internalType": "uint256"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "ApprovalForAll",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "operator",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "approved",
          "type": "bool",
          "indexed": false,
          "internalType": "bool"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "EIP712DomainChanged",
      "inputs": [],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "KeyRotated",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "curve",
          "type": "uint8",
          "indexed": false,
          "internalType": "uint8"
        },
        {
          "name": "x",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        },
        {
          "name": "y",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "Paired",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "owner",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "term",
          "type": "uint32",
          "indexed": false,
          "internalType": "uint32"
        },
        {
          "name": "curve",
          "type": "uint8",
          "indexed": false,
          "internalType": "uint8"
        },
        {
          "name": "x",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        },
        {
          "name": "y",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        },
        {
          "name": "model",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        },
        {
          "name": "cell",
          "type": "uint64",
          "indexed": false,
          "internalType": "uint64"
        },
        {
          "name": "grade",
          "type": "uint8",
          "indexed": false,
          "internalType": "uint8"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "Revoked",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "revokedFrom",
          "type": "uint64",
          "indexed": false,
          "internalType": "uint64"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "TermStarted",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "term",
          "type": "uint32",
          "indexed": true,
          "internalType": "uint32"
        },
        {
          "name": "holder",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "Transfer",
      "inputs": [
        {
          "name": "from",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "to",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "indexed": true,
          "internalType": "uint256"
        }
      ],
      "anonymous": false
    },
    {
      "type": "event",
      "name": "Unpaired",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "indexed": true,
          "internalType": "address"
        },
        {
          "name": "term",
          "type": "uint32",
          "indexed": false,
          "internalType": "uint32"
        }
      ],
      "anonymous": false
    },
    {
      "type": "error",
      "name": "AlreadyPaired",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ConfirmOutOfTime",
      "inputs": [
        {
          "name": "oldest",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "newest",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "given",
          "type": "uint32",
          "internalType": "uint32"
        }
      ]
    },
    {
      "type": "error",
      "name": "ConfirmReplayed",
      "inputs": [
        {
          "name": "last",
          "type": "uint32",
          "internalType": "uint32"
        },
        {
          "name": "given",
          "type": "uint32",
          "internalType": "uint32"
        }
      ]
    },
    {
      "type": "error",
      "name": "DeadlinePassed",
      "inputs": [
        {
          "name": "deadline",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "time",
          "type": "uint256",
          "internalType": "uint256"
        }
      ]
    },
    {
      "type": "error",
      "name": "DeviceSignatureInvalid",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "digest",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721IncorrectOwner",
      "inputs": [
        {
          "name": "sender",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721InsufficientApproval",
      "inputs": [
        {
          "name": "operator",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721InvalidApprover",
      "inputs": [
        {
          "name": "approver",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721InvalidOperator",
      "inputs": [
        {
          "name": "operator",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721InvalidOwner",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721InvalidReceiver",
      "inputs": [
        {
          "name": "receiver",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721InvalidSender",
      "inputs": [
        {
          "name": "sender",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ERC721NonexistentToken",
      "inputs": [
        {
          "name": "tokenId",
          "type": "uint256",
          "internalType": "uint256"
        }
      ]
    },
    {
      "type": "error",
      "name": "InvalidShortString",
      "inputs": []
    },
    {
      "type": "error",
      "name": "KeyNotOnCurve",
      "inputs": [
        {
          "name": "curve",
          "type": "uint8",
          "internalType": "uint8"
        },
        {
          "name": "x",
          "type": "bytes32",
          "internalType": "bytes32"
        },
        {
          "name": "y",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ]
    },
    {
      "type": "error",
      "name": "ManufacturerSignatureInvalid",
      "inputs": [
        {
          "name": "manufacturer",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "digest",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ]
    },
    {
      "type": "error",
      "name": "NotOwner",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "given",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "NotPaired",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "OwnerSignatureInvalid",
      "inputs": [
        {
          "name": "owner",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "digest",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ]
    },
    {
      "type": "error",
      "name": "PairedBefore",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "term",
          "type": "uint32",
          "internalType": "uint32"
        }
      ]
    },
    {
      "type": "error",
      "name": "ReleaseExpired",
      "inputs": [
        {
          "name": "deadline",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "time",
          "type": "uint256",
          "internalType": "uint256"
        }
      ]
    },
    {
      "type": "error",
      "name": "ReleaseMissing",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "lastOwner",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "ReleaseSignatureInvalid",
      "inputs": [
        {
          "name": "lastOwner",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "digest",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ]
    },
    {
      "type": "error",
      "name": "RevokedAlready",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "revokedFrom",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "StringTooLong",
      "inputs": [
        {
          "name": "str",
          "type": "string",
          "internalType": "string"
        }
      ]
    },
    {
      "type": "error",
      "name": "UnknownCurve",
      "inputs": [
        {
          "name": "given",
          "type": "uint8",
          "internalType": "uint8"
        }
      ]
    },
    {
      "type": "error",
      "name": "WrongKey",
      "inputs": [
        {
          "name": "device",
          "type": "address",
          "internalType": "address"
        },
        {
          "name": "given",
          "type": "address",
          "internalType": "address"
        }
      ]
    },
    {
      "type": "error",
      "name": "WrongNonce",
      "inputs": [
        {
          "name": "expected",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "given",
          "type": "uint256",
          "internalType": "uint256"
        }
      ]
    },
    {
      "type": "error",
      "name": "WrongSignatureLength",
      "inputs": [
        {
          "name": "expected",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "given",
          "type": "uint256",
          "internalType": "uint256"
        }
      ]
    }
  ],
  bytecode: '0x6101c0604052348015610010575f5ffd5b5060405161450f38038061450f83398101604081905261002f91610211565b6040518060400160405280601481526020017f436169726e204465766963655265676973747279000000000000000000000000815250604051806040016040528060018152602001603160f81b8152506040518060400160405280600c81526020016b436169726e2044657669636560a01b8152506040518060400160405280600681526020016510d05254939160d21b815250815f90816100d191906102e5565b5060016100de82826102e5565b5050506100f0826101b060201b60201c565b610120526100fd816101b0565b61014052815160208084019190912060e052815190820120610100524660a05261018960e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b03918216610160521661018052436101a0526103fb565b5f5f829050601f815111156101e3578260405163305a27a960e01b81526004016101da91906103a3565b60405180910390fd5b80516101ee826103d8565b179392505050565b80516001600160a01b038116811461020c575f5ffd5b919050565b5f5f60408385031215610222575f5ffd5b61022b836101f6565b9150610239602084016101f6565b90509250929050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061026a57607f821691505b60208210810361028857634e487b7160e01b5f52602260045260245ffd5b50919050565b601f8211156102e057828211156102e057805f5260205f20601f840160051c60208510156102b957505f5b90810190601f840160051c035f5b818110156102dc575f838201556001016102c7565b5050505b505050565b81516001600160401b038111156102fe576102fe610242565b6103128161030c8454610256565b8461028e565b6020601f821160018114610344575f831561032d5750848201515b5f19600385901b1c1916600184901b17845561039c565b5f84815260208120601f198516915b828110156103735787850151825560209485019460019092019101610353565b508482101561039057868401515f19600387901b60f8161c191681555b505060018360011b0184555b5050505050565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b80516020808301519190811015610288575f1960209190910360031b1b16919050565b60805160a05160c05160e05161010051610120516101405161016051610180516101a0516140976104785f395f61057801525f818161033d0152818161110d015261116801525f6102bc01525f611dba01525f611d8a01525f61251201525f6124ea01525f61244501525f61246f01525f61249901526140975ff3fe608060405234801561000f575f5ffd5b50600436106101b0575f3560e01c806374754282116100f3578063c87b56dd11610093578063e985e9c51161006e578063e985e9c514610538578063eae4c19f14610573578063ed2a2d641461059a578063f982c081146105d4575f5ffd5b8063c87b56dd146104d5578063cd7dcf6c146104e8578063e5048812146104fb575f5ffd5b806395d89b41116100ce57806395d89b411461038d57806399f7235014610395578063a22cb465146104af578063b88d4fde146104c2575f5ffd5b8063747542821461033857806374a8f1031461035f57806384b0196e14610372575f5ffd5b806323b872dd1161015e5780636352211e116101395780636352211e146102de5780636481efe5146102f157806365ee76061461030457806370a0823114610317575f5ffd5b806323b872dd1461029157806342842e0e146102a457806356397c35146102b7575f5ffd5b8063095ea7b31161018e578063095ea7b31461021c57806310e22c461461023157806318e2721b1461027e575f5ffd5b806301ffc9a7146101b457806306fdde03146101dc578063081812fc146101f1575b5f5ffd5b6101c76101c23660046135d5565b6105e7565b60405190151581526020015b60405180910390f35b6101e4610683565b6040516101d3919061361e565b6102046101ff366004613630565b610712565b6040516001600160a01b0390911681526020016101d3565b61022f61022a366004613662565b610739565b005b61026961023f36600461368a565b6001600160a01b03165f90815260086020526040902060030154600160b01b900463ffffffff1690565b60405163ffffffff90911681526020016101d3565b61022f61028c36600461368a565b610748565b61022f61029f3660046136a3565b6107c2565b61022f6102b23660046136a3565b610869565b6102047f000000000000000000000000000000000000000000000000000000000000000081565b6102046102ec366004613630565b610888565b61022f6102ff366004613722565b610892565b61022f6103123660046137e3565b610ba5565b61032a61032536600461368a565b610da2565b6040519081526020016101d3565b6102047f000000000000000000000000000000000000000000000000000000000000000081565b61022f61036d36600461368a565b610e00565b61037a610f13565b6040516101d397969594939291906138b4565b6101e4610f71565b6104a26103a336600461368a565b6040805161012080820183525f8083526020808401829052838501829052606084018290526080840182905260a0840182905260c0840182905260e0840182905261010084018290526001600160a01b038681168352600882528583208651948501875260029092529490912054929390928291166001600160a01b03168152600383015463ffffffff600160b01b820416602083015260ff600160f01b820481166040840152600160f81b820416606083015267ffffffffffffffff8082166080840152680100000000000000009091041660a0820152600283015460c0820152825460e08201526001909201546101009092019190915292915050565b6040516101d39190613966565b61022f6104bd366004613a13565b610f80565b61022f6104d0366004613a60565b610f8b565b6101e46104e3366004613630565b610fa3565b61022f6104f6366004613b3d565b611014565b610204610509366004613bd4565b6001600160a01b039182165f90815260096020908152604080832063ffffffff94909416835292905220541690565b6101c7610546366004613c05565b6001600160a01b039182165f90815260056020908152604080832093909416825291909152205460ff1690565b61032a7f000000000000000000000000000000000000000000000000000000000000000081565b61032a6105a836600461368a565b6001600160a01b03165f90815260086020526040902060030154600160801b900465ffffffffffff1690565b61022f6105e2366004613c2d565b6111b4565b5f6001600160e01b031982167f80ac58cd00000000000000000000000000000000000000000000000000000000148061064957506001600160e01b031982167f5b5e139f00000000000000000000000000000000000000000000000000000000145b8061067d57507f01ffc9a7000000000000000000000000000000000000000000000000000000006001600160e01b03198316145b92915050565b60605f805461069190613cee565b80601f01602080910402602001604051908101604052809291908181526020018280546106bd90613cee565b80156107085780601f106106df57610100808354040283529160200191610708565b820191905f5260205f20905b8154815290600101906020018083116106eb57829003601f168201915b5050505050905090565b5f61071c82611218565b505f828152600460205260409020546001600160a01b031661067d565b610744828233611250565b5050565b6107518161125d565b610763816001600160a01b031661130c565b6001600160a01b0381165f81815260086020908152604091829020600301549151600160b01b90920463ffffffff1682527fe88f01b5a0baa3942fa44c8dba49fd31f39c292c9f6ffb58cc54eb67c5971900910160405180910390a250565b6001600160a01b0382166107f057604051633250574960e11b81525f60048201526024015b60405180910390fd5b5f6107fc838333611344565b9050836001600160a01b0316816001600160a01b031614610863576040517f64283d7b0000000000000000000000000000000000000000000000000000000081526001600160a01b03808616600483015260248201849052821660448201526064016107e7565b50505050565b61088383838360405180602001604052805f815250610f8b565b505050565b5f61067d82611218565b5f6108c66108a3602088018861368a565b6001600160a01b03165f908152600260205260409020546001600160a01b031690565b90506001600160a01b038116610908576108e3602087018761368a565b604051633496527b60e01b81526001600160a01b0390911660048201526024016107e7565b5f60088161091960208a018a61368a565b6001600160a01b0316815260208101919091526040015f20600381015490915061095b90600160801b900465ffffffffffff16608089013560a08a013561144e565b61097d61096e6040890160208a01613d30565b886040013589606001356114d4565b6109878686611563565b5f6109d97fca27dbe0e8c517495e7c055ac71262bb9a9153e87825d67687edf4df5812e8fd896040516020016109be929190613d49565b604051602081830303815290604052805190602001206115a9565b90506109e7838287876115f0565b610a0c6109fa60408a0160208b01613d30565b89604001358a60600135848b8b611644565b610a6257610a1d602089018961368a565b6040517f8701d0e10000000000000000000000000000000000000000000000000000000081526001600160a01b039091166004820152602481018290526044016107e7565b610a726040890160208a01613d30565b606089013560018481019190915560408a0135845560038401805460ff60f01b1916600160f01b60ff949094169390930292909217918290555f91610ac791600160801b90910465ffffffffffff1690613dc6565b60038401805467ffffffffffffffff90931668010000000000000000026fffffffffffffffff00000000000000001965ffffffffffff909316600160801b029290921675ffffffffffffffffffffffffffff00000000000000001990931692909217179055610b39602089018961368a565b6001600160a01b03167f018ce02deb90288c133b05709ed8f33baab78fb1029b37997334d5485c930a5c610b7360408b0160208c01613d30565b6040805160ff9290921682528b81013560208301526060808d0135838301529051918290030190a25050505050505050565b6001610bb760608b0160408c01613d30565b60ff1614610bee57610bcf60608a0160408b01613d30565b60405163b2a7294960e01b815260ff90911660048201526024016107e7565b610bfb89898986866116df565b50610c088989898461181a565b610c128585611563565b610c6e60085f610c2860408d0160208e0161368a565b6001600160a01b0316815260208101919091526040015f20600301547a010000000000000000000000000000000000000000000000000000900463ffffffff1687611964565b5f6002610c7e60208c018c61368a565b60601b8860e01b604051602001610cba9291906bffffffffffffffffffffffff199290921682526001600160e01b031916601482015260180190565b60408051601f1981840301815290829052610cd491613dfb565b602060405180830381855afa158015610cef573d5f5f3e3d5ffd5b5050506040513d601f19601f82011682018060405250810190610d129190613e06565b9050610d218989838989611a3c565b610d3557610a1d60408b0160208c0161368a565b8660085f610d4960408e0160208f0161368a565b6001600160a01b03166001600160a01b031681526020019081526020015f20600301601a6101000a81548163ffffffff021916908363ffffffff160217905550610d968a8a8a6002611b10565b50505050505050505050565b5f6001600160a01b038216610de5576040517f89c62b640000000000000000000000000000000000000000000000000000000081525f60048201526024016107e7565b506001600160a01b03165f9081526003602052604090205490565b610e098161125d565b6001600160a01b0381165f9081526008602052604090206003015468010000000000000000900467ffffffffffffffff168015610e8d576040517fb45cca8c0000000000000000000000000000000000000000000000000000000081526001600160a01b038316600482015267ffffffffffffffff821660248201526044016107e7565b6001600160a01b0382165f8181526008602090815260409182902060030180546fffffffffffffffff00000000000000001916680100000000000000004367ffffffffffffffff169081029190911790915591519182527fa8eb44cdd5c7aab1360e53a715c67fac54b9f857e50367a69d1e1772de3cc926910160405180910390a25050565b5f6060805f5f5f6060610f24611d83565b610f2c611db3565b604080515f808252602082019092527f0f000000000000000000000000000000000000000000000000000000000000009b939a50919850469750309650945092509050565b60606001805461069190613cee565b610744338383611dde565b610f968484846107c2565b6108633385858585611ebe565b6060610fae82611218565b505f610fc460408051602081019091525f815290565b90505f815111610fe25760405180602001604052805f81525061100d565b80610fec84611fe5565b604051602001610ffd929190613e1d565b6040516020818303038152906040525b9392505050565b5f60088161102860408b0160208c0161368a565b6001600160a01b0316815260208101919091526040015f2060030154600160b01b900463ffffffff16905080156110b3576110696040890160208a0161368a565b6040517f06d2ec3d0000000000000000000000000000000000000000000000000000000081526001600160a01b03909116600482015263ffffffff821660248201526044016107e7565b6110c088888886866116df565b506110db6110d460408a0160208b0161368a565b8888612082565b5f6111067f33b767300d74012ebea5e2f9a9b392ec0290409f757054ee3a231debbbaf71a18a612108565b90506111347f000000000000000000000000000000000000000000000000000000000000000082888861211f565b61119c576040517f104c1c020000000000000000000000000000000000000000000000000000000081526001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000166004820152602481018290526044016107e7565b6111a98989896003611b10565b505050505050505050565b5f6111c289898987876116df565b90506111d08989898561181a565b6111da8686611563565b6111f76111ed60608b0160408c01613d30565b8989848a8a611644565b61120b57610a1d60408a0160208b0161368a565b6111a98989896001611b10565b5f818152600260205260408120546001600160a01b03168061067d57604051637e27328960e01b8152600481018490526024016107e7565b6108838383836001612195565b5f611285826001600160a01b03165f908152600260205260409020546001600160a01b031690565b90506001600160a01b0381166112b957604051633496527b60e01b81526001600160a01b03831660048201526024016107e7565b6001600160a01b0381163314610744576040517f23295f0e0000000000000000000000000000000000000000000000000000000081526001600160a01b03821660048201523360248201526044016107e7565b5f6113185f835f611344565b90506001600160a01b03811661074457604051637e27328960e01b8152600481018390526024016107e7565b5f6113508484846122c4565b90506001600160a01b03841615806113795750806001600160a01b0316846001600160a01b0316145b61100d576001600160a01b0383165f9081526008602052604081206003018054859291906016906113b690600160b01b900463ffffffff16613e31565b825463ffffffff8083166101009490940a848102910219909116179092556001600160a01b038085165f8181526009602090815260408083208684529091528082208054948d1673ffffffffffffffffffffffffffffffffffffffff199095168517905551949550919390917fc4e3bf85a9b4929c3c4423dc622ca6f5f47f28bb7a79029bc1b978ce9995c4bb91a450509392505050565b80421115611491576040517f83f2ba20000000000000000000000000000000000000000000000000000000008152600481018290524260248201526044016107e7565b828214610883576040517fa3c996d300000000000000000000000000000000000000000000000000000000815260048101849052602481018390526044016107e7565b60ff83166001148015906114ec575060ff8316600214155b1561150f5760405163b2a7294960e01b815260ff841660048201526024016107e7565b61151a8383836123c3565b610883576040517fc3b6d69a00000000000000000000000000000000000000000000000000000000815260ff8416600482015260248101839052604481018290526064016107e7565b6040811461074457604080517f8289218b0000000000000000000000000000000000000000000000000000000081526004810191909152602481018290526044016107e7565b5f61067d6115b5612439565b836040517f19010000000000000000000000000000000000000000000000000000000000008152600281019290925260228201526042902090565b6115fc8484848461211f565b610863576040517feccc03bb0000000000000000000000000000000000000000000000000000000081526001600160a01b0385166004820152602481018490526044016107e7565b5f80806116546020828688613e55565b61165d91613e7c565b61166b604060208789613e55565b61167491613e7c565b909250905060011960ff8a160161169b576116928683838b8b612562565b925050506116d5565b6040805160208082018b90528183018a9052825180830384018152606090920190925280519101206116d0905b878484612598565b925050505b9695505050505050565b5f806116f46108a36040890160208a0161368a565b90506001600160a01b0381161561175b57611715604088016020890161368a565b6040517fa1b0992e0000000000000000000000000000000000000000000000000000000081526001600160a01b03918216600482015290821660248201526044016107e7565b5f60088161176f60408b0160208c0161368a565b6001600160a01b0316815260208101919091526040015f2060038101549091506117b190600160801b900465ffffffffffff1660a08a013560c08b013561144e565b6117cb6117c460608a0160408b01613d30565b88886114d4565b6117f57f5e847cf374b27b2b46e85c863d51c5ed642d281d825a9148f207e93c253040df89612108565b925061180f61180760208a018a61368a565b8487876115f0565b505095945050505050565b5f60088161182e604088016020890161368a565b6001600160a01b0316815260208101919091526040015f9081206003810154909250600160b01b900463ffffffff1690036118835761187d611876604087016020880161368a565b8585612082565b50610863565b8054841480156118965750828160010154145b80156118c257506118ad6060860160408701613d30565b6003820154600160f01b900460ff9081169116145b156118f357600381015468010000000000000000900467ffffffffffffffff165f036118ee5750610863565b611906565b611906611876604087016020880161368a565b61195d8560095f61191d604084016020850161368a565b6001600160a01b03908116825260208083019390935260409182015f9081206003880154600160b01b900463ffffffff16825290935291205416846125f9565b5050505050565b5f8061197261025842613e99565b61197d603c42613eac565b91509150818363ffffffff16108061199a5750808363ffffffff16115b156119e7576040517f55ad16f0000000000000000000000000000000000000000000000000000000008152600481018390526024810182905263ffffffff841660448201526064016107e7565b8363ffffffff168363ffffffff1611610863576040517f9161fd8900000000000000000000000000000000000000000000000000000000815263ffffffff8086166004830152841660248201526044016107e7565b5f8080611a4c6020828688613e55565b611a5591613e7c565b611a63604060208789613e55565b611a6c91613e7c565b9092509050611a8e600270014551231950b75fc4402da1732fc9bebe19613ed3565b81118015611aad575070014551231950b75fc4402da1732fc9bebe1981105b15611ad157611ace8170014551231950b75fc4402da1732fc9bebe19613e99565b90505b6040805160208082018b90528183018a905282518083038401815260609092019092528051910120611b02906116c8565b925050505b95945050505050565b5f600881611b24604088016020890161368a565b6001600160a01b03166001600160a01b031681526020019081526020015f2090508383866040016020810190611b5a9190613d30565b60038401805460ff909216600160f01b0260ff60f01b19909216919091179055600183015581556060850135611b9660a0870160808801613efd565b6003830180547effffffffffffffffffffffffffffffffffffffffffffff000000000000000016600160f81b60ff87160267ffffffffffffffff19161767ffffffffffffffff92909216919091179081905560028301919091555f90611c0c90600160801b900465ffffffffffff166001613dc6565b60038301805467ffffffffffffffff90931668010000000000000000026fffffffffffffffff00000000000000001965ffffffffffff909316600160801b029290921675ffffffffffffffffffffffffffff00000000000000001990931692909217179055611c7e602086018661368a565b6001600160a01b0316611c97604087016020880161368a565b6001600160a01b03167f8f589a583eefcf5e87b757b19ab2099a0a4e42170a80ebbf14648cf6982b04ba8360030160169054906101000a900463ffffffff166001611ce29190613f16565b611cf260608a0160408b01613d30565b888860608c0135611d0960a08e0160808f01613efd565b6040805163ffffffff909716875260ff95861660208801528601939093526060850191909152608084015267ffffffffffffffff1660a0830152861660c082015260e00160405180910390a361195d611d65602087018761368a565b611d75604088016020890161368a565b6001600160a01b0316612785565b6060611dae7f00000000000000000000000000000000000000000000000000000000000000006127ff565b905090565b6060611dae7f00000000000000000000000000000000000000000000000000000000000000006127ff565b6001600160a01b038316611e075760405163a9fbf51f60e01b81525f60048201526024016107e7565b6001600160a01b038216611e52576040517f5b08ba180000000000000000000000000000000000000000000000000000000081526001600160a01b03831660048201526024016107e7565b6001600160a01b038381165f81815260056020908152604080832094871680845294825291829020805460ff191686151590811790915591519182527f17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31910160405180910390a3505050565b6001600160a01b0383163b1561195d57604051630a85bd0160e11b81526001600160a01b0384169063150b7a0290611f00908890889087908790600401613f32565b6020604051808303815f875af1925050508015611f3a575060408051601f3d908101601f19168201909252611f3791810190613f68565b60015b611fa1573d808015611f67576040519150601f19603f3d011682016040523d82523d5f602084013e611f6c565b606091505b5080515f03611f9957604051633250574960e11b81526001600160a01b03851660048201526024016107e7565b805160208201fd5b6001600160e01b03198116630a85bd0160e11b14611fdd57604051633250574960e11b81526001600160a01b03851660048201526024016107e7565b505050505050565b60605f611ff18361283c565b60010190505f8167ffffffffffffffff81111561201057612010613a4c565b6040519080825280601f01601f19166020018201604052801561203a576020820181803683370190505b5090508181016020015b5f19017f3031323334353637383961626364656600000000000000000000000000000000600a86061a8153600a850494508461204457509392505050565b60408051602080820185905281830184905282518083038401815260609092019092528051910120836001600160a01b0316816001600160a01b031614610863576040517fb369ab0e0000000000000000000000000000000000000000000000000000000081526001600160a01b038086166004830152821660248201526044016107e7565b5f61100d83836040516020016109be929190613f83565b5f846001600160a01b03163b5f0361217e575f5f61213e86868661291d565b5090925090505f81600381111561215757612157614019565b1480156121755750866001600160a01b0316826001600160a01b0316145b9250505061218d565b61218a85858585612964565b90505b949350505050565b80806121a957506001600160a01b03821615155b15612288575f6121b884611218565b90506001600160a01b038316158015906121e45750826001600160a01b0316816001600160a01b031614155b801561221557506001600160a01b038082165f9081526005602090815260408083209387168352929052205460ff16155b1561223e5760405163a9fbf51f60e01b81526001600160a01b03841660048201526024016107e7565b81156122865783856001600160a01b0316826001600160a01b03167f8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b92560405160405180910390a45b505b50505f908152600460205260409020805473ffffffffffffffffffffffffffffffffffffffff19166001600160a01b0392909216919091179055565b5f828152600260205260408120546001600160a01b03908116908316156122f0576122f08184866129e7565b6001600160a01b0381161561232a5761230b5f855f5f612195565b6001600160a01b0381165f90815260036020526040902080545f190190555b6001600160a01b03851615612358576001600160a01b0385165f908152600360205260409020805460010190555b5f84815260026020526040808220805473ffffffffffffffffffffffffffffffffffffffff19166001600160a01b0389811691821790925591518793918516917fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef91a4949350505050565b5f60011960ff8516016123e1576123da8383612a64565b905061100d565b82826401000003d019821015806123fe57506401000003d0198110155b1561240d575f9250505061100d565b6401000003d01960076401000003d019808586098509086401000003d019828309149695505050505050565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561249157507f000000000000000000000000000000000000000000000000000000000000000046145b156124bb57507f000000000000000000000000000000000000000000000000000000000000000090565b611dae604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f5f5f6125728888888888612add565b915091508061258d576125888888888888612bb8565b611b02565b509695505050505050565b5f5f6125a785601b8686612cb4565b50509050856001600160a01b0316816001600160a01b0316036125ce57600191505061218d565b5f6125dc86601c8787612cb4565b50506001600160a01b039081169088161492505050949350505050565b612606602082018261402d565b90505f036126645761261e604084016020850161368a565b6040517f27bb4ec00000000000000000000000000000000000000000000000000000000081526001600160a01b03918216600482015290831660248201526044016107e7565b80354211156126a8576040517fbdadb641000000000000000000000000000000000000000000000000000000008152813560048201524260248201526044016107e7565b5f6127247f24372d463d539c8814dc726b0a8673e18514c132ac73f9241634993e4ff579656126dd604087016020880161368a565b6126ea602088018861368a565b6040805160208101949094526001600160a01b039283169084015216606082015260a086810135608083015284359082015260c0016109be565b905061273d8382612738602086018661402d565b61211f565b610863576040517f41e81da50000000000000000000000000000000000000000000000000000000081526001600160a01b0384166004820152602481018290526044016107e7565b6001600160a01b0382166127ae57604051633250574960e11b81525f60048201526024016107e7565b5f6127ba83835f611344565b90506001600160a01b03811615610883576040517f73c6ac6e0000000000000000000000000000000000000000000000000000000081525f60048201526024016107e7565b60605f61280b83612d7c565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f807a184f03e93ff9f4daa797ed6e38ed64bf6a1f0100000000000000008310612884577a184f03e93ff9f4daa797ed6e38ed64bf6a1f010000000000000000830492506040015b6d04ee2d6d415b85acef810000000083106128b0576d04ee2d6d415b85acef8100000000830492506020015b662386f26fc1000083106128ce57662386f26fc10000830492506010015b6305f5e10083106128e6576305f5e100830492506008015b61271083106128fa57612710830492506004015b6064831061290c576064830492506002015b600a831061067d5760010192915050565b5f80806041849003612951578435602086013560408701355f1a61294389828585612cb4565b95509550955050505061295b565b505f915060029050825b93509350939050565b604080517f1626ba7e00000000000000000000000000000000000000000000000000000000808252600482018690526024820192909252604481018390525f91908390818660648301375f82606483010152601f820160051c60051b915060205f60648401838b5afa9050825f5114601f3d111681169350505050949350505050565b6129f2838383612dbc565b610883576001600160a01b038316612a2057604051637e27328960e01b8152600481018290526024016107e7565b6040517f177e802f0000000000000000000000000000000000000000000000000000000081526001600160a01b0383166004820152602481018290526044016107e7565b5f6ffffffffeffffffffffffffffffffffff60601b1980838409817f5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b8387857fffffffff00000001000000000000000000000000fffffffffffffffffffffffc878b8c0908090894821191909310169190921416919050565b5f5f612ae98686612e3c565b1580612afc5750612afa8484612a64565b155b15612b0c57505f90506001612bae565b612b198787878787612ea6565b15612b2957506001905080612bae565b612b987fbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023600560017fa71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac9577f5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b612ea6565b15612ba857505f90506001612bae565b505f9050805b9550959350505050565b5f612bc38585612e3c565b1580612bd65750612bd48383612a64565b155b15612be257505f611b07565b5f612bed8484612ee6565b90505f612c1a867fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325516130d9565b90505f7fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551828a0990505f7fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551838a0990505f612c768584846130e8565b50905089612ca47fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255183614070565b149b9a5050505050505050505050565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0841115612ced57505f91506003905082612d72565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015612d3e573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b038116612d6957505f925060019150829050612d72565b92505f91508190505b9450945094915050565b5f60ff8216601f81111561067d576040517fb3512b0c00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5f6001600160a01b0383161580159061218d5750826001600160a01b0316846001600160a01b03161480612e1457506001600160a01b038085165f9081526005602090815260408083209387168352929052205460ff165b8061218d5750505f908152600460205260409020546001600160a01b03908116911614919050565b5f8215801590612e6b57507fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255183105b8015612e7657508115155b801561100d5750507f7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a81015919050565b5f6040518681528560208201528460408201528360608201528260808201525f5f5260205f60a0836101005afa612ed957fe5b50505f5195945050505050565b612eee613576565b60405180606001604052805f81526020015f81526020015f815250815f60108110612f1b57612f1b614083565b60200201819052506040518060600160405280848152602001838152602001600181525081600160108110612f5257612f52614083565b602002018190525060405180606001604052807f6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c29681526020017f4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f58152602001600181525081600460108110612fc957612fc9614083565b6020020152612fdf8160015b602002015161320c565b6040820152612fef816004612fd5565b610100820152602081015161300c908260025b6020020151613268565b60608201526130258160015b6020020151826004613002565b60a0820152613035816002613018565b60c0820152613045816003613018565b60e082015261305e8160015b6020020151826008613002565b61012082015261306f816002613051565b610140820152613080816003613051565b610160820152613091816004613051565b6101808201526130ab8160015b602002015182600c613002565b6101a08201526130bc81600261309e565b6101c08201526130cd81600361309e565b6101e082015292915050565b5f61100d8360028403846132c6565b5f80808080805b60808110156131f0578115613123576131098484846132e7565b9195509350915061311b8484846132e7565b919550935091505b600c60fc89901c1660fe88901c1789816010811061314357613143614083565b602002015160400151156131dc57825f036131b25789816010811061316a5761316a614083565b6020020151518a826010811061318257613182614083565b6020020151602001518b836010811061319d5761319d614083565b602002015160400151919650945092506131dc565b6131d48a82601081106131c7576131c7614083565b602002015186868661337f565b919650945092505b50600297881b979690961b956001016130ef565b506131fc8383836134c0565b945094505050505b935093915050565b61322d60405180606001604052805f81526020015f81526020015f81525090565b5f5f5f613246855f0151866020015187604001516132e7565b6040805160608101825293845260208401929092529082015295945050505050565b61328960405180606001604052805f81526020015f81526020015f81525090565b5f5f5f6132a386865f01518760200151886040015161337f565b604080516060810182529384526020840192909252908201529695505050505050565b5f5f5f6132d4868686613513565b9150915081611b0757611b076012613565565b5f5f5f6ffffffffeffffffffffffffffffffffff60601b1980868709818687098283848384097fffffffff00000001000000000000000000000000fffffffffffffffffffffffc0984858c8d096003090890508283838b09600409838482600209850385848509089650838485858609600809850385868a880385088509089550505050808186880960020991505093509350939050565b5f5f5f6ffffffffeffffffffffffffffffffffff60601b19604088015181818209828388858a8b090960208c0151098381850385868686098c090884858a8b098d51098581870387868f09089350811584151680156133e5576001811461342b576134af565b868586098788898386096002098903898a848a098b038b88890908089a5087888983890987098903898a8e8c038c8689090887090899505086878c8809860997506134af565b8c8c8c898283098a8283098b8c8d8384097fffffffff00000001000000000000000000000000fffffffffffffffffffffffc098d8e8889096003090890508b8c83870960040994508b8c866002098d038d838409089e508b8c8384096008098c0391508b8f8d03860894508b828d878409089d505050898a8284096002099a505050505b505050505050509450945094915050565b5f5f825f036134d357505f905080613204565b6ffffffffeffffffffffffffffffffffff60601b195f6134f385836130d9565b905081818209828189099450828383830988099350505050935093915050565b5f5f825f0361352657505f905080613204565b60405160208152602080820152602060408201528560608201528460808201528360a082015260205f60c08360055afa9250505f519050935093915050565b634e487b715f52806020526024601cfd5b6040518061020001604052806010905b6135a760405180606001604052805f81526020015f81526020015f81525090565b8152602001906001900390816135865790505090565b6001600160e01b0319811681146135d2575f5ffd5b50565b5f602082840312156135e5575f5ffd5b813561100d816135bd565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b602081525f61100d60208301846135f0565b5f60208284031215613640575f5ffd5b5035919050565b80356001600160a01b038116811461365d575f5ffd5b919050565b5f5f60408385031215613673575f5ffd5b61367c83613647565b946020939093013593505050565b5f6020828403121561369a575f5ffd5b61100d82613647565b5f5f5f606084860312156136b5575f5ffd5b6136be84613647565b92506136cc60208501613647565b929592945050506040919091013590565b5f5f83601f8401126136ed575f5ffd5b50813567ffffffffffffffff811115613704575f5ffd5b60208301915083602082850101111561371b575f5ffd5b9250929050565b5f5f5f5f5f858703610100811215613738575f5ffd5b60c0811215613745575f5ffd5b5085945060c086013567ffffffffffffffff811115613762575f5ffd5b61376e888289016136dd565b90955093505060e086013567ffffffffffffffff81111561378d575f5ffd5b613799888289016136dd565b969995985093965092949392505050565b5f60e082840312156137ba575f5ffd5b50919050565b803563ffffffff8116811461365d575f5ffd5b5f604082840312156137ba575f5ffd5b5f5f5f5f5f5f5f5f5f6101a08a8c0312156137fc575f5ffd5b6138068b8b6137aa565b985060e08a013597506101008a013596506138246101208b016137c0565b95506101408a013567ffffffffffffffff811115613840575f5ffd5b61384c8c828d016136dd565b9096509450506101608a013567ffffffffffffffff81111561386c575f5ffd5b6138788c828d016136dd565b9094509250506101808a013567ffffffffffffffff811115613898575f5ffd5b6138a48c828d016137d3565b9150509295985092959850929598565b7fff000000000000000000000000000000000000000000000000000000000000008816815260e060208201525f6138ee60e08301896135f0565b828103604084015261390081896135f0565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b81811015613955578351835260209384019390920191600101613937565b50909b9a5050505050505050505050565b5f610120820190506001600160a01b03835116825263ffffffff6020840151166020830152604083015161399f604084018260ff169052565b5060608301516139b4606084018260ff169052565b5060808301516139d0608084018267ffffffffffffffff169052565b5060a08301516139ec60a084018267ffffffffffffffff169052565b5060c083015160c083015260e083015160e083015261010083015161010083015292915050565b5f5f60408385031215613a24575f5ffd5b613a2d83613647565b915060208301358015158114613a41575f5ffd5b809150509250929050565b634e487b7160e01b5f52604160045260245ffd5b5f5f5f5f60808587031215613a73575f5ffd5b613a7c85613647565b9350613a8a60208601613647565b925060408501359150606085013567ffffffffffffffff811115613aac575f5ffd5b8501601f81018713613abc575f5ffd5b803567ffffffffffffffff811115613ad657613ad6613a4c565b604051601f8201601f19908116603f0116810167ffffffffffffffff81118282101715613b0557613b05613a4c565b604052818152828201602001891015613b1c575f5ffd5b816020840160208301375f6020838301015280935050505092959194509250565b5f5f5f5f5f5f5f610160888a031215613b54575f5ffd5b613b5e89896137aa565b965060e08801359550610100880135945061012088013567ffffffffffffffff811115613b89575f5ffd5b613b958a828b016136dd565b90955093505061014088013567ffffffffffffffff811115613bb5575f5ffd5b613bc18a828b016136dd565b989b979a50959850939692959293505050565b5f5f60408385031215613be5575f5ffd5b613bee83613647565b9150613bfc602084016137c0565b90509250929050565b5f5f60408385031215613c16575f5ffd5b613c1f83613647565b9150613bfc60208401613647565b5f5f5f5f5f5f5f5f610180898b031215613c45575f5ffd5b613c4f8a8a6137aa565b975060e08901359650610100890135955061012089013567ffffffffffffffff811115613c7a575f5ffd5b613c868b828c016136dd565b90965094505061014089013567ffffffffffffffff811115613ca6575f5ffd5b613cb28b828c016136dd565b90945092505061016089013567ffffffffffffffff811115613cd2575f5ffd5b613cde8b828c016137d3565b9150509295985092959890939650565b600181811c90821680613d0257607f821691505b6020821081036137ba57634e487b7160e01b5f52602260045260245ffd5b803560ff8116811461365d575f5ffd5b5f60208284031215613d40575f5ffd5b61100d82613d20565b82815260e081016001600160a01b03613d6184613647565b16602083015260ff613d7560208501613d20565b1660408381019190915283013560608084019190915283013560808084019190915283013560a0808401919091529092013560c090910152919050565b634e487b7160e01b5f52601160045260245ffd5b65ffffffffffff818116838216019081111561067d5761067d613db2565b5f81518060208401855e5f93019283525090919050565b5f61100d8284613de4565b5f60208284031215613e16575f5ffd5b5051919050565b5f61218d613e2b8386613de4565b84613de4565b5f63ffffffff821663ffffffff8103613e4c57613e4c613db2565b60010192915050565b5f5f85851115613e63575f5ffd5b83861115613e6f575f5ffd5b5050820193919092039150565b8035602083101561067d575f19602084900360031b1b1692915050565b8181038181111561067d5761067d613db2565b8082018082111561067d5761067d613db2565b634e487b7160e01b5f52601260045260245ffd5b5f82613ee157613ee1613ebf565b500490565b803567ffffffffffffffff8116811461365d575f5ffd5b5f60208284031215613f0d575f5ffd5b61100d82613ee6565b63ffffffff818116838216019081111561067d5761067d613db2565b6001600160a01b03851681526001600160a01b0384166020820152826040820152608060608201525f6116d560808301846135f0565b5f60208284031215613f78575f5ffd5b815161100d816135bd565b82815261010081016001600160a01b03613f9c84613647565b1660208301526001600160a01b03613fb660208501613647565b16604083015260ff613fca60408501613d20565b1660608301525f606084013590508060808401525067ffffffffffffffff613ff460808501613ee6565b1660a08381019190915283013560c0808401919091529092013560e090910152919050565b634e487b7160e01b5f52602160045260245ffd5b5f5f8335601e19843603018112614042575f5ffd5b83018035915067ffffffffffffffff82111561405c575f5ffd5b60200191503681900382131561371b575f5ffd5b5f8261407e5761407e613ebf565b500690565b634e487b7160e01b5f52603260045260245ffd',
} as const
