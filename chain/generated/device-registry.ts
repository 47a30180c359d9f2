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
  bytecode: '0x6101c0604052348015610010575f5ffd5b506040516140c33803806140c383398101604081905261002f91610211565b6040518060400160405280601481526020017f436169726e204465766963655265676973747279000000000000000000000000815250604051806040016040528060018152602001603160f81b8152506040518060400160405280600c81526020016b436169726e2044657669636560a01b8152506040518060400160405280600681526020016510d05254939160d21b815250815f90816100d191906102e5565b5060016100de82826102e5565b5050506100f0826101b060201b60201c565b610120526100fd816101b0565b61014052815160208084019190912060e052815190820120610100524660a05261018960e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b03918216610160521661018052436101a0526103fb565b5f5f829050601f815111156101e3578260405163305a27a960e01b81526004016101da91906103a3565b60405180910390fd5b80516101ee826103d8565b179392505050565b80516001600160a01b038116811461020c575f5ffd5b919050565b5f5f60408385031215610222575f5ffd5b61022b836101f6565b9150610239602084016101f6565b90509250929050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061026a57607f821691505b60208210810361028857634e487b7160e01b5f52602260045260245ffd5b50919050565b601f8211156102e057828211156102e057805f5260205f20601f840160051c60208510156102b957505f5b90810190601f840160051c035f5b818110156102dc575f838201556001016102c7565b5050505b505050565b81516001600160401b038111156102fe576102fe610242565b6103128161030c8454610256565b8461028e565b6020601f821160018114610344575f831561032d5750848201515b5f19600385901b1c1916600184901b17845561039c565b5f84815260208120601f198516915b828110156103735787850151825560209485019460019092019101610353565b508482101561039057868401515f19600387901b60f8161c191681555b505060018360011b0184555b5050505050565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b80516020808301519190811015610288575f1960209190910360031b1b16919050565b60805160a05160c05160e05161010051610120516101405161016051610180516101a051613c4b6104785f395f61057801525f818161033d01528181610f580152610fb301525f6102cf01525f611af501525f611ac501525f6124b301525f61248b01525f6123e601525f61241001525f61243a0152613c4b5ff3fe608060405234801561000f575f5ffd5b50600436106101b0575f3560e01c806374754282116100f3578063c87b56dd11610093578063e985e9c51161006e578063e985e9c514610538578063eae4c19f14610573578063ed2a2d641461059a578063efe34693146105d4575f5ffd5b8063c87b56dd146104d5578063cd7dcf6c146104e8578063e5048812146104fb575f5ffd5b806395d89b41116100ce57806395d89b411461038d57806399f7235014610395578063a22cb465146104af578063b88d4fde146104c2575f5ffd5b8063747542821461033857806374a8f1031461035f57806384b0196e14610372575f5ffd5b806323b872dd1161015e57806356397c351161013957806356397c35146102ca5780636352211e146102f15780636481efe51461030457806370a0823114610317575f5ffd5b806323b872dd1461029157806342842e0e146102a45780634dd88c15146102b7575f5ffd5b8063095ea7b31161018e578063095ea7b31461021c57806310e22c461461023157806318e2721b1461027e575f5ffd5b806301ffc9a7146101b457806306fdde03146101dc578063081812fc146101f1575b5f5ffd5b6101c76101c23660046132d9565b6105e7565b60405190151581526020015b60405180910390f35b6101e4610683565b6040516101d39190613322565b6102046101ff366004613334565b610712565b6040516001600160a01b0390911681526020016101d3565b61022f61022a366004613366565b610739565b005b61026961023f36600461338e565b6001600160a01b03165f90815260086020526040902060030154600160b01b900463ffffffff1690565b60405163ffffffff90911681526020016101d3565b61022f61028c36600461338e565b610748565b61022f61029f3660046133a7565b6107c2565b61022f6102b23660046133a7565b610869565b61022f6102c536600461343c565b610888565b6102047f000000000000000000000000000000000000000000000000000000000000000081565b6102046102ff366004613334565b61092f565b61022f6103123660046134d3565b610939565b61032a61032536600461338e565b610c07565b6040519081526020016101d3565b6102047f000000000000000000000000000000000000000000000000000000000000000081565b61022f61036d36600461338e565b610c65565b61037a610d78565b6040516101d3979695949392919061355b565b6101e4610dd6565b6104a26103a336600461338e565b6040805161012080820183525f8083526020808401829052838501829052606084018290526080840182905260a0840182905260c0840182905260e0840182905261010084018290526001600160a01b038681168352600882528583208651948501875260029092529490912054929390928291166001600160a01b03168152600383015463ffffffff600160b01b820416602083015260ff600160f01b820481166040840152600160f81b820416606083015267ffffffffffffffff8082166080840152680100000000000000009091041660a0820152600283015460c0820152825460e08201526001909201546101009092019190915292915050565b6040516101d3919061360d565b61022f6104bd3660046136ba565b610de5565b61022f6104d0366004613707565b610df0565b6101e46104e3366004613334565b610e08565b61022f6104f636600461343c565b610e79565b6102046105093660046137f7565b6001600160a01b039182165f90815260096020908152604080832063ffffffff94909416835292905220541690565b6101c7610546366004613828565b6001600160a01b039182165f90815260056020908152604080832093909416825291909152205460ff1690565b61032a7f000000000000000000000000000000000000000000000000000000000000000081565b61032a6105a836600461338e565b6001600160a01b03165f90815260086020526040902060030154600160801b900465ffffffffffff1690565b61022f6105e2366004613850565b610fff565b5f6001600160e01b031982167f80ac58cd00000000000000000000000000000000000000000000000000000000148061064957506001600160e01b031982167f5b5e139f00000000000000000000000000000000000000000000000000000000145b8061067d57507f01ffc9a7000000000000000000000000000000000000000000000000000000006001600160e01b03198316145b92915050565b60605f8054610691906138f8565b80601f01602080910402602001604051908101604052809291908181526020018280546106bd906138f8565b80156107085780601f106106df57610100808354040283529160200191610708565b820191905f5260205f20905b8154815290600101906020018083116106eb57829003601f168201915b5050505050905090565b5f61071c82611236565b505f828152600460205260409020546001600160a01b031661067d565b61074482823361126e565b5050565b6107518161127b565b610763816001600160a01b031661132a565b6001600160a01b0381165f81815260086020908152604091829020600301549151600160b01b90920463ffffffff1682527fe88f01b5a0baa3942fa44c8dba49fd31f39c292c9f6ffb58cc54eb67c5971900910160405180910390a250565b6001600160a01b0382166107f057604051633250574960e11b81525f60048201526024015b60405180910390fd5b5f6107fc838333611362565b9050836001600160a01b0316816001600160a01b031614610863576040517f64283d7b0000000000000000000000000000000000000000000000000000000081526001600160a01b03808616600483015260248201849052821660448201526064016107e7565b50505050565b61088383838360405180602001604052805f815250610df0565b505050565b5f610896888888868661146c565b90506108a285856115b3565b6108bf6108b560608a0160408b0161393a565b88888489896115f9565b610918576108d36040890160208a0161338e565b6040517f8701d0e10000000000000000000000000000000000000000000000000000000081526001600160a01b039091166004820152602481018290526044016107e7565b6109258888886001611694565b5050505050505050565b5f61067d82611236565b5f61096d61094a602088018861338e565b6001600160a01b03165f908152600260205260409020546001600160a01b031690565b90506001600160a01b0381166109af5761098a602087018761338e565b604051633496527b60e01b81526001600160a01b0390911660048201526024016107e7565b5f6008816109c060208a018a61338e565b6001600160a01b0316815260208101919091526040015f206003810154909150610a0290600160801b900465ffffffffffff16608089013560a08a013561190e565b610a24610a156040890160208a0161393a565b88604001358960600135611994565b610a2e86866115b3565b5f610a807fca27dbe0e8c517495e7c055ac71262bb9a9153e87825d67687edf4df5812e8fd89604051602001610a65929190613953565b60405160208183030381529060405280519060200120611a23565b9050610a8e83828787611a6a565b610ab3610aa160408a0160208b0161393a565b89604001358a60600135848b8b6115f9565b610ac4576108d3602089018961338e565b610ad46040890160208a0161393a565b606089013560018481019190915560408a0135845560038401805460ff60f01b1916600160f01b60ff949094169390930292909217918290555f91610b2991600160801b90910465ffffffffffff16906139d0565b60038401805467ffffffffffffffff90931668010000000000000000026fffffffffffffffff00000000000000001965ffffffffffff909316600160801b029290921675ffffffffffffffffffffffffffff00000000000000001990931692909217179055610b9b602089018961338e565b6001600160a01b03167f018ce02deb90288c133b05709ed8f33baab78fb1029b37997334d5485c930a5c610bd560408b0160208c0161393a565b6040805160ff9290921682528b81013560208301526060808d0135838301529051918290030190a25050505050505050565b5f6001600160a01b038216610c4a576040517f89c62b640000000000000000000000000000000000000000000000000000000081525f60048201526024016107e7565b506001600160a01b03165f9081526003602052604090205490565b610c6e8161127b565b6001600160a01b0381165f9081526008602052604090206003015468010000000000000000900467ffffffffffffffff168015610cf2576040517fb45cca8c0000000000000000000000000000000000000000000000000000000081526001600160a01b038316600482015267ffffffffffffffff821660248201526044016107e7565b6001600160a01b0382165f8181526008602090815260409182902060030180546fffffffffffffffff00000000000000001916680100000000000000004367ffffffffffffffff169081029190911790915591519182527fa8eb44cdd5c7aab1360e53a715c67fac54b9f857e50367a69d1e1772de3cc926910160405180910390a25050565b5f6060805f5f5f6060610d89611abe565b610d91611aee565b604080515f808252602082019092527f0f000000000000000000000000000000000000000000000000000000000000009b939a50919850469750309650945092509050565b606060018054610691906138f8565b610744338383611b19565b610dfb8484846107c2565b6108633385858585611bf9565b6060610e1382611236565b505f610e2960408051602081019091525f815290565b90505f815111610e475760405180602001604052805f815250610e72565b80610e5184611d20565b604051602001610e62929190613a05565b6040516020818303038152906040525b9392505050565b5f600881610e8d60408b0160208c0161338e565b6001600160a01b0316815260208101919091526040015f2060030154600160b01b900463ffffffff1690508015610f1857610ece6040890160208a0161338e565b6040517f06d2ec3d0000000000000000000000000000000000000000000000000000000081526001600160a01b03909116600482015263ffffffff821660248201526044016107e7565b610f25888888868661146c565b505f610f517f33b767300d74012ebea5e2f9a9b392ec0290409f757054ee3a231debbbaf71a18a611dbd565b9050610f7f7f0000000000000000000000000000000000000000000000000000000000000000828888611dd4565b610fe7576040517f104c1c020000000000000000000000000000000000000000000000000000000081526001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000166004820152602481018290526044016107e7565b610ff48989896003611694565b505050505050505050565b600161101160608a0160408b0161393a565b60ff1614611048576110296060890160408a0161393a565b60405163b2a7294960e01b815260ff90911660048201526024016107e7565b611055888888858561146c565b5061106084846115b3565b5f60088161107460408c0160208d0161338e565b6001600160a01b0316815260208101919091526040015f206003015463ffffffff7a0100000000000000000000000000000000000000000000000000009091048116915086168110611102576040517f9161fd8900000000000000000000000000000000000000000000000000000000815263ffffffff8083166004830152871660248201526044016107e7565b5f600261111260208c018c61338e565b60601b8860e01b60405160200161114e9291906bffffffffffffffffffffffff199290921682526001600160e01b031916601482015260180190565b60408051601f198184030181529082905261116891613a19565b602060405180830381855afa158015611183573d5f5f3e3d5ffd5b5050506040513d601f19601f820116820180604052508101906111a69190613a24565b90506111b58989838989611e4a565b6111c9576108d360408b0160208c0161338e565b8660085f6111dd60408e0160208f0161338e565b6001600160a01b03166001600160a01b031681526020019081526020015f20600301601a6101000a81548163ffffffff021916908363ffffffff16021790555061122a8a8a8a6002611694565b50505050505050505050565b5f818152600260205260408120546001600160a01b03168061067d57604051637e27328960e01b8152600481018490526024016107e7565b6108838383836001611f1e565b5f6112a3826001600160a01b03165f908152600260205260409020546001600160a01b031690565b90506001600160a01b0381166112d757604051633496527b60e01b81526001600160a01b03831660048201526024016107e7565b6001600160a01b0381163314610744576040517f23295f0e0000000000000000000000000000000000000000000000000000000081526001600160a01b03821660048201523360248201526044016107e7565b5f6113365f835f611362565b90506001600160a01b03811661074457604051637e27328960e01b8152600481018390526024016107e7565b5f61136e84848461204d565b90506001600160a01b03841615806113975750806001600160a01b0316846001600160a01b0316145b610e72576001600160a01b0383165f9081526008602052604081206003018054859291906016906113d490600160b01b900463ffffffff16613a3b565b825463ffffffff8083166101009490940a848102910219909116179092556001600160a01b038085165f8181526009602090815260408083208684529091528082208054948d1673ffffffffffffffffffffffffffffffffffffffff199095168517905551949550919390917fc4e3bf85a9b4929c3c4423dc622ca6f5f47f28bb7a79029bc1b978ce9995c4bb91a450509392505050565b5f8061148161094a6040890160208a0161338e565b90506001600160a01b038116156114e8576114a2604088016020890161338e565b6040517fa1b0992e0000000000000000000000000000000000000000000000000000000081526001600160a01b03918216600482015290821660248201526044016107e7565b5f6008816114fc60408b0160208c0161338e565b6001600160a01b0316815260208101919091526040015f20600381015490915061153e90600160801b900465ffffffffffff1660a08a013560c08b013561190e565b61155861155160608a0160408b0161393a565b8888611994565b6115648189898961214c565b61158e7f5e847cf374b27b2b46e85c863d51c5ed642d281d825a9148f207e93c253040df89611dbd565b92506115a86115a060208a018a61338e565b848787611a6a565b505095945050505050565b6040811461074457604080517f8289218b0000000000000000000000000000000000000000000000000000000081526004810191909152602481018290526044016107e7565b5f80806116096020828688613a5f565b61161291613a86565b611620604060208789613a5f565b61162991613a86565b909250905060011960ff8a1601611650576116478683838b8b612253565b9250505061168a565b6040805160208082018b90528183018a905282518083038401815260609092019092528051910120611685905b878484612289565b925050505b9695505050505050565b5f6008816116a8604088016020890161338e565b6001600160a01b03166001600160a01b031681526020019081526020015f20905083838660400160208101906116de919061393a565b60038401805460ff909216600160f01b0260ff60f01b1990921691909117905560018301558155606085013561171a60a0870160808801613aba565b6003830180547effffffffffffffffffffffffffffffffffffffffffffff000000000000000016600160f81b60ff87160267ffffffffffffffff19161767ffffffffffffffff92909216919091179081905560028301919091555f9061179090600160801b900465ffffffffffff1660016139d0565b60038301805467ffffffffffffffff90931668010000000000000000026fffffffffffffffff00000000000000001965ffffffffffff909316600160801b029290921675ffffffffffffffffffffffffffff00000000000000001990931692909217179055611802602086018661338e565b6001600160a01b031661181b604087016020880161338e565b6001600160a01b03167f8f589a583eefcf5e87b757b19ab2099a0a4e42170a80ebbf14648cf6982b04ba8360030160169054906101000a900463ffffffff1660016118669190613ad3565b61187660608a0160408b0161393a565b888860608c013561188d60a08e0160808f01613aba565b6040805163ffffffff909716875260ff95861660208801528601939093526060850191909152608084015267ffffffffffffffff1660a0830152861660c082015260e00160405180910390a36119076118e9602087018761338e565b6118f9604088016020890161338e565b6001600160a01b03166122ea565b5050505050565b80421115611951576040517f83f2ba20000000000000000000000000000000000000000000000000000000008152600481018290524260248201526044016107e7565b828214610883576040517fa3c996d300000000000000000000000000000000000000000000000000000000815260048101849052602481018390526044016107e7565b60ff83166001148015906119ac575060ff8316600214155b156119cf5760405163b2a7294960e01b815260ff841660048201526024016107e7565b6119da838383612364565b610883576040517fc3b6d69a00000000000000000000000000000000000000000000000000000000815260ff8416600482015260248101839052604481018290526064016107e7565b5f61067d611a2f6123da565b836040517f19010000000000000000000000000000000000000000000000000000000000008152600281019290925260228201526042902090565b611a7684848484611dd4565b610863576040517feccc03bb0000000000000000000000000000000000000000000000000000000081526001600160a01b0385166004820152602481018490526044016107e7565b6060611ae97f0000000000000000000000000000000000000000000000000000000000000000612503565b905090565b6060611ae97f0000000000000000000000000000000000000000000000000000000000000000612503565b6001600160a01b038316611b425760405163a9fbf51f60e01b81525f60048201526024016107e7565b6001600160a01b038216611b8d576040517f5b08ba180000000000000000000000000000000000000000000000000000000081526001600160a01b03831660048201526024016107e7565b6001600160a01b038381165f81815260056020908152604080832094871680845294825291829020805460ff191686151590811790915591519182527f17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31910160405180910390a3505050565b6001600160a01b0383163b1561190757604051630a85bd0160e11b81526001600160a01b0384169063150b7a0290611c3b908890889087908790600401613aef565b6020604051808303815f875af1925050508015611c75575060408051601f3d908101601f19168201909252611c7291810190613b25565b60015b611cdc573d808015611ca2576040519150601f19603f3d011682016040523d82523d5f602084013e611ca7565b606091505b5080515f03611cd457604051633250574960e11b81526001600160a01b03851660048201526024016107e7565b805160208201fd5b6001600160e01b03198116630a85bd0160e11b14611d1857604051633250574960e11b81526001600160a01b03851660048201526024016107e7565b505050505050565b60605f611d2c83612540565b60010190505f8167ffffffffffffffff811115611d4b57611d4b6136f3565b6040519080825280601f01601f191660200182016040528015611d75576020820181803683370190505b5090508181016020015b5f19017f3031323334353637383961626364656600000000000000000000000000000000600a86061a8153600a8504945084611d7f57509392505050565b5f610e728383604051602001610a65929190613b54565b5f846001600160a01b03163b5f03611e33575f5f611df3868686612621565b5090925090505f816003811115611e0c57611e0c613bea565b148015611e2a5750866001600160a01b0316826001600160a01b0316145b92505050611e42565b611e3f85858585612668565b90505b949350505050565b5f8080611e5a6020828688613a5f565b611e6391613a86565b611e71604060208789613a5f565b611e7a91613a86565b9092509050611e9c600270014551231950b75fc4402da1732fc9bebe19613bfe565b81118015611ebb575070014551231950b75fc4402da1732fc9bebe1981105b15611edf57611edc8170014551231950b75fc4402da1732fc9bebe19613c11565b90505b6040805160208082018b90528183018a905282518083038401815260609092019092528051910120611f109061167d565b925050505b95945050505050565b8080611f3257506001600160a01b03821615155b15612011575f611f4184611236565b90506001600160a01b03831615801590611f6d5750826001600160a01b0316816001600160a01b031614155b8015611f9e57506001600160a01b038082165f9081526005602090815260408083209387168352929052205460ff16155b15611fc75760405163a9fbf51f60e01b81526001600160a01b03841660048201526024016107e7565b811561200f5783856001600160a01b0316826001600160a01b03167f8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b92560405160405180910390a45b505b50505f908152600460205260409020805473ffffffffffffffffffffffffffffffffffffffff19166001600160a01b0392909216919091179055565b5f828152600260205260408120546001600160a01b0390811690831615612079576120798184866126eb565b6001600160a01b038116156120b3576120945f855f5f611f1e565b6001600160a01b0381165f90815260036020526040902080545f190190555b6001600160a01b038516156120e1576001600160a01b0385165f908152600360205260409020805460010190555b5f84815260026020526040808220805473ffffffffffffffffffffffffffffffffffffffff19166001600160a01b0389811691821790925591518793918516917fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef91a4949350505050565b6040805160208082018590528183018490528251808303840181526060909201909252805191012060038501545f90600160b01b900463ffffffff16156121d1578554841480156121a05750828660010154145b80156121cc57506121b7606086016040870161393a565b6003870154600160f01b900460ff9081169116145b6121f6565b6121e1604086016020870161338e565b6001600160a01b0316826001600160a01b0316145b905080611d185761220d604086016020870161338e565b6040517fb369ab0e0000000000000000000000000000000000000000000000000000000081526001600160a01b03918216600482015290831660248201526044016107e7565b5f5f5f6122638888888888612768565b915091508061227e576122798888888888612843565b611f10565b509695505050505050565b5f5f61229885601b868661293f565b50509050856001600160a01b0316816001600160a01b0316036122bf576001915050611e42565b5f6122cd86601c878761293f565b50506001600160a01b039081169088161492505050949350505050565b6001600160a01b03821661231357604051633250574960e11b81525f60048201526024016107e7565b5f61231f83835f611362565b90506001600160a01b03811615610883576040517f73c6ac6e0000000000000000000000000000000000000000000000000000000081525f60048201526024016107e7565b5f60011960ff8516016123825761237b8383612a07565b9050610e72565b82826401000003d0198210158061239f57506401000003d0198110155b156123ae575f92505050610e72565b6401000003d01960076401000003d019808586098509086401000003d019828309149695505050505050565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561243257507f000000000000000000000000000000000000000000000000000000000000000046145b1561245c57507f000000000000000000000000000000000000000000000000000000000000000090565b611ae9604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60605f61250f83612a80565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f807a184f03e93ff9f4daa797ed6e38ed64bf6a1f0100000000000000008310612588577a184f03e93ff9f4daa797ed6e38ed64bf6a1f010000000000000000830492506040015b6d04ee2d6d415b85acef810000000083106125b4576d04ee2d6d415b85acef8100000000830492506020015b662386f26fc1000083106125d257662386f26fc10000830492506010015b6305f5e10083106125ea576305f5e100830492506008015b61271083106125fe57612710830492506004015b60648310612610576064830492506002015b600a831061067d5760010192915050565b5f80806041849003612655578435602086013560408701355f1a6126478982858561293f565b95509550955050505061265f565b505f915060029050825b93509350939050565b604080517f1626ba7e00000000000000000000000000000000000000000000000000000000808252600482018690526024820192909252604481018390525f91908390818660648301375f82606483010152601f820160051c60051b915060205f60648401838b5afa9050825f5114601f3d111681169350505050949350505050565b6126f6838383612ac0565b610883576001600160a01b03831661272457604051637e27328960e01b8152600481018290526024016107e7565b6040517f177e802f0000000000000000000000000000000000000000000000000000000081526001600160a01b0383166004820152602481018290526044016107e7565b5f5f6127748686612b40565b158061278757506127858484612a07565b155b1561279757505f90506001612839565b6127a48787878787612baa565b156127b457506001905080612839565b6128237fbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023600560017fa71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac9577f5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b612baa565b1561283357505f90506001612839565b505f9050805b9550959350505050565b5f61284e8585612b40565b1580612861575061285f8383612a07565b155b1561286d57505f611f15565b5f6128788484612bea565b90505f6128a5867fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551612ddd565b90505f7fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551828a0990505f7fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551838a0990505f612901858484612dec565b5090508961292f7fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255183613c24565b149b9a5050505050505050505050565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a084111561297857505f915060039050826129fd565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa1580156129c9573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b0381166129f457505f9250600191508290506129fd565b92505f91508190505b9450945094915050565b5f6ffffffffeffffffffffffffffffffffff60601b1980838409817f5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b8387857fffffffff00000001000000000000000000000000fffffffffffffffffffffffc878b8c0908090894821191909310169190921416919050565b5f60ff8216601f81111561067d576040517fb3512b0c00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5f6001600160a01b03831615801590611e425750826001600160a01b0316846001600160a01b03161480612b1857506001600160a01b038085165f9081526005602090815260408083209387168352929052205460ff165b80611e425750505f908152600460205260409020546001600160a01b03908116911614919050565b5f8215801590612b6f57507fffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255183105b8015612b7a57508115155b8015610e725750507f7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a81015919050565b5f6040518681528560208201528460408201528360608201528260808201525f5f5260205f60a0836101005afa612bdd57fe5b50505f5195945050505050565b612bf261327a565b60405180606001604052805f81526020015f81526020015f815250815f60108110612c1f57612c1f613c37565b60200201819052506040518060600160405280848152602001838152602001600181525081600160108110612c5657612c56613c37565b602002018190525060405180606001604052807f6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c29681526020017f4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f58152602001600181525081600460108110612ccd57612ccd613c37565b6020020152612ce38160015b6020020151612f10565b6040820152612cf3816004612cd9565b6101008201526020810151612d10908260025b6020020151612f6c565b6060820152612d298160015b6020020151826004612d06565b60a0820152612d39816002612d1c565b60c0820152612d49816003612d1c565b60e0820152612d628160015b6020020151826008612d06565b610120820152612d73816002612d55565b610140820152612d84816003612d55565b610160820152612d95816004612d55565b610180820152612daf8160015b602002015182600c612d06565b6101a0820152612dc0816002612da2565b6101c0820152612dd1816003612da2565b6101e082015292915050565b5f610e72836002840384612fca565b5f80808080805b6080811015612ef4578115612e2757612e0d848484612feb565b91955093509150612e1f848484612feb565b919550935091505b600c60fc89901c1660fe88901c17898160108110612e4757612e47613c37565b60200201516040015115612ee057825f03612eb657898160108110612e6e57612e6e613c37565b6020020151518a8260108110612e8657612e86613c37565b6020020151602001518b8360108110612ea157612ea1613c37565b60200201516040015191965094509250612ee0565b612ed88a8260108110612ecb57612ecb613c37565b6020020151868686613083565b919650945092505b50600297881b979690961b95600101612df3565b50612f008383836131c4565b945094505050505b935093915050565b612f3160405180606001604052805f81526020015f81526020015f81525090565b5f5f5f612f4a855f015186602001518760400151612feb565b6040805160608101825293845260208401929092529082015295945050505050565b612f8d60405180606001604052805f81526020015f81526020015f81525090565b5f5f5f612fa786865f015187602001518860400151613083565b604080516060810182529384526020840192909252908201529695505050505050565b5f5f5f612fd8868686613217565b9150915081611f1557611f156012613269565b5f5f5f6ffffffffeffffffffffffffffffffffff60601b1980868709818687098283848384097fffffffff00000001000000000000000000000000fffffffffffffffffffffffc0984858c8d096003090890508283838b09600409838482600209850385848509089650838485858609600809850385868a880385088509089550505050808186880960020991505093509350939050565b5f5f5f6ffffffffeffffffffffffffffffffffff60601b19604088015181818209828388858a8b090960208c0151098381850385868686098c090884858a8b098d51098581870387868f09089350811584151680156130e9576001811461312f576131b3565b868586098788898386096002098903898a848a098b038b88890908089a5087888983890987098903898a8e8c038c8689090887090899505086878c8809860997506131b3565b8c8c8c898283098a8283098b8c8d8384097fffffffff00000001000000000000000000000000fffffffffffffffffffffffc098d8e8889096003090890508b8c83870960040994508b8c866002098d038d838409089e508b8c8384096008098c0391508b8f8d03860894508b828d878409089d505050898a8284096002099a505050505b505050505050509450945094915050565b5f5f825f036131d757505f905080612f08565b6ffffffffeffffffffffffffffffffffff60601b195f6131f78583612ddd565b905081818209828189099450828383830988099350505050935093915050565b5f5f825f0361322a57505f905080612f08565b60405160208152602080820152602060408201528560608201528460808201528360a082015260205f60c08360055afa9250505f519050935093915050565b634e487b715f52806020526024601cfd5b6040518061020001604052806010905b6132ab60405180606001604052805f81526020015f81526020015f81525090565b81526020019060019003908161328a5790505090565b6001600160e01b0319811681146132d6575f5ffd5b50565b5f602082840312156132e9575f5ffd5b8135610e72816132c1565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b602081525f610e7260208301846132f4565b5f60208284031215613344575f5ffd5b5035919050565b80356001600160a01b0381168114613361575f5ffd5b919050565b5f5f60408385031215613377575f5ffd5b6133808361334b565b946020939093013593505050565b5f6020828403121561339e575f5ffd5b610e728261334b565b5f5f5f606084860312156133b9575f5ffd5b6133c28461334b565b92506133d06020850161334b565b929592945050506040919091013590565b5f60e082840312156133f1575f5ffd5b50919050565b5f5f83601f840112613407575f5ffd5b50813567ffffffffffffffff81111561341e575f5ffd5b602083019150836020828501011115613435575f5ffd5b9250929050565b5f5f5f5f5f5f5f610160888a031215613453575f5ffd5b61345d89896133e1565b965060e08801359550610100880135945061012088013567ffffffffffffffff811115613488575f5ffd5b6134948a828b016133f7565b90955093505061014088013567ffffffffffffffff8111156134b4575f5ffd5b6134c08a828b016133f7565b989b979a50959850939692959293505050565b5f5f5f5f5f8587036101008112156134e9575f5ffd5b60c08112156134f6575f5ffd5b5085945060c086013567ffffffffffffffff811115613513575f5ffd5b61351f888289016133f7565b90955093505060e086013567ffffffffffffffff81111561353e575f5ffd5b61354a888289016133f7565b969995985093965092949392505050565b7fff000000000000000000000000000000000000000000000000000000000000008816815260e060208201525f61359560e08301896132f4565b82810360408401526135a781896132f4565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156135fc5783518352602093840193909201916001016135de565b50909b9a5050505050505050505050565b5f610120820190506001600160a01b03835116825263ffffffff60208401511660208301526040830151613646604084018260ff169052565b50606083015161365b606084018260ff169052565b506080830151613677608084018267ffffffffffffffff169052565b5060a083015161369360a084018267ffffffffffffffff169052565b5060c083015160c083015260e083015160e083015261010083015161010083015292915050565b5f5f604083850312156136cb575f5ffd5b6136d48361334b565b9150602083013580151581146136e8575f5ffd5b809150509250929050565b634e487b7160e01b5f52604160045260245ffd5b5f5f5f5f6080858703121561371a575f5ffd5b6137238561334b565b93506137316020860161334b565b925060408501359150606085013567ffffffffffffffff811115613753575f5ffd5b8501601f81018713613763575f5ffd5b803567ffffffffffffffff81111561377d5761377d6136f3565b604051601f8201601f19908116603f0116810167ffffffffffffffff811182821017156137ac576137ac6136f3565b6040528181528282016020018910156137c3575f5ffd5b816020840160208301375f6020838301015280935050505092959194509250565b803563ffffffff81168114613361575f5ffd5b5f5f60408385031215613808575f5ffd5b6138118361334b565b915061381f602084016137e4565b90509250929050565b5f5f60408385031215613839575f5ffd5b6138428361334b565b915061381f6020840161334b565b5f5f5f5f5f5f5f5f610180898b031215613868575f5ffd5b6138728a8a6133e1565b975060e0890135965061010089013595506138906101208a016137e4565b945061014089013567ffffffffffffffff8111156138ac575f5ffd5b6138b88b828c016133f7565b90955093505061016089013567ffffffffffffffff8111156138d8575f5ffd5b6138e48b828c016133f7565b999c989b5096995094979396929594505050565b600181811c9082168061390c57607f821691505b6020821081036133f157634e487b7160e01b5f52602260045260245ffd5b803560ff81168114613361575f5ffd5b5f6020828403121561394a575f5ffd5b610e728261392a565b82815260e081016001600160a01b0361396b8461334b565b16602083015260ff61397f6020850161392a565b1660408381019190915283013560608084019190915283013560808084019190915283013560a0808401919091529092013560c090910152919050565b634e487b7160e01b5f52601160045260245ffd5b65ffffffffffff818116838216019081111561067d5761067d6139bc565b5f81518060208401855e5f93019283525090919050565b5f611e42613a1383866139ee565b846139ee565b5f610e7282846139ee565b5f60208284031215613a34575f5ffd5b5051919050565b5f63ffffffff821663ffffffff8103613a5657613a566139bc565b60010192915050565b5f5f85851115613a6d575f5ffd5b83861115613a79575f5ffd5b5050820193919092039150565b8035602083101561067d575f19602084900360031b1b1692915050565b803567ffffffffffffffff81168114613361575f5ffd5b5f60208284031215613aca575f5ffd5b610e7282613aa3565b63ffffffff818116838216019081111561067d5761067d6139bc565b6001600160a01b03851681526001600160a01b0384166020820152826040820152608060608201525f61168a60808301846132f4565b5f60208284031215613b35575f5ffd5b8151610e72816132c1565b634e487b7160e01b5f52601260045260245ffd5b82815261010081016001600160a01b03613b6d8461334b565b1660208301526001600160a01b03613b876020850161334b565b16604083015260ff613b9b6040850161392a565b1660608301525f606084013590508060808401525067ffffffffffffffff613bc560808501613aa3565b1660a08381019190915283013560c0808401919091529092013560e090910152919050565b634e487b7160e01b5f52602160045260245ffd5b5f82613c0c57613c0c613b40565b500490565b8181038181111561067d5761067d6139bc565b5f82613c3257613c32613b40565b500690565b634e487b7160e01b5f52603260045260245ffd',
} as const
