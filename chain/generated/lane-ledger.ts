// Written by `node chain/forge.mjs generate` from src/LaneLedger.sol. Not edited by hand.
export const laneLedger = {
  abi: [
    {
      "type": "constructor",
      "inputs": [
        {
          "name": "lanes_",
          "type": "uint32",
          "internalType": "uint32"
        },
        {
          "name": "proposer",
          "type": "address",
          "internalType": "address"
        }
      ],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "headerHashOf",
      "inputs": [
        {
          "name": "lane",
          "type": "uint32",
          "internalType": "uint32"
        },
        {
          "name": "height",
          "type": "uint64",
          "internalType": "uint64"
        }
      ],
      "outputs": [
        {
          "name": "",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "laneOf",
      "inputs": [
        {
          "name": "lane",
          "type": "uint32",
          "internalType": "uint32"
        }
      ],
      "outputs": [
        {
          "name": "size",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "height",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "closedAt",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "root",
          "type": "bytes32",
          "internalType": "bytes32"
        }
      ],
      "stateMutability": "view"
    },
    {
      "type": "function",
      "name": "lanes",
      "inputs": [],
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
      "name": "proposerOf",
      "inputs": [
        {
          "name": "lane",
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
      "name": "settle",
      "inputs": [
        {
          "name": "header",
          "type": "tuple",
          "internalType": "struct ILaneLedger.Header",
          "components": [
            {
              "name": "lane",
              "type": "uint32",
              "internalType": "uint32"
            },
            {
              "name": "height",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "from",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "size",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "root",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "witnessRoot",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "summaryRoot",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "dataHash",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "layoutVersion",
              "type": "uint32",
              "internalType": "uint32"
            },
            {
              "name": "closedAt",
              "type": "uint64",
              "internalType": "uint64"
            }
          ]
        },
        {
          "name": "consistencyProof",
          "type": "bytes32[]",
          "internalType": "bytes32[]"
        }
      ],
      "outputs": [],
      "stateMutability": "nonpayable"
    },
    {
      "type": "function",
      "name": "verifyRecord",
      "inputs": [
        {
          "name": "header",
          "type": "tuple",
          "internalType": "struct ILaneLedger.Header",
          "components": [
            {
              "name": "lane",
              "type": "uint32",
              "internalType": "uint32"
            },
            {
              "name": "height",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "from",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "size",
              "type": "uint64",
              "internalType": "uint64"
            },
            {
              "name": "root",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "witnessRoot",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "summaryRoot",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "dataHash",
              "type": "bytes32",
              "internalType": "bytes32"
            },
            {
              "name": "layoutVersion",
              "type": "uint32",
              "internalType": "uint32"
            },
            {
              "name": "closedAt",
              "type": "uint64",
              "internalType": "uint64"
            }
          ]
        },
        {
          "name": "body",
          "type": "bytes",
          "internalType": "bytes"
        },
        {
          "name": "index",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "proof",
          "type": "bytes32[]",
          "internalType": "bytes32[]"
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
      "type": "event",
      "name": "Settled",
      "inputs": [
        {
          "name": "lane",
          "type": "uint32",
          "indexed": true,
          "internalType": "uint32"
        },
        {
          "name": "height",
          "type": "uint64",
          "indexed": true,
          "internalType": "uint64"
        },
        {
          "name": "from",
          "type": "uint64",
          "indexed": false,
          "internalType": "uint64"
        },
        {
          "name": "size",
          "type": "uint64",
          "indexed": false,
          "internalType": "uint64"
        },
        {
          "name": "root",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        },
        {
          "name": "headerHash",
          "type": "bytes32",
          "indexed": false,
          "internalType": "bytes32"
        }
      ],
      "anonymous": false
    },
    {
      "type": "error",
      "name": "CheckpointOutOfOrder",
      "inputs": [
        {
          "name": "expected",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "given",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "ClosedBeforePrevious",
      "inputs": [
        {
          "name": "previous",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "given",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "ClosedInFuture",
      "inputs": [
        {
          "name": "latest",
          "type": "uint256",
          "internalType": "uint256"
        },
        {
          "name": "given",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "EmptyBatch",
      "inputs": [
        {
          "name": "from",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "size",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "HeightOutOfOrder",
      "inputs": [
        {
          "name": "expected",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "given",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "NotAnExtension",
      "inputs": [
        {
          "name": "from",
          "type": "uint64",
          "internalType": "uint64"
        },
        {
          "name": "size",
          "type": "uint64",
          "internalType": "uint64"
        }
      ]
    },
    {
      "type": "error",
      "name": "NotProposer",
      "inputs": [
        {
          "name": "expected",
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
      "name": "UnknownLane",
      "inputs": [
        {
          "name": "lanes",
          "type": "uint32",
          "internalType": "uint32"
        },
        {
          "name": "given",
          "type": "uint32",
          "internalType": "uint32"
        }
      ]
    }
  ],
  bytecode: '0x60c060405234801561000f575f5ffd5b5060405161138b38038061138b83398101604081905261002e9161004a565b63ffffffff9091166080526001600160a01b031660a052610095565b5f5f6040838503121561005b575f5ffd5b825163ffffffff8116811461006e575f5ffd5b60208401519092506001600160a01b038116811461008a575f5ffd5b809150509250929050565b60805160a0516112ac6100df5f395f8181610244015281816104b6015261051801525f818160d6015281816101c2015281816102070152818161040f015261044901526112ac5ff3fe608060405234801561000f575f5ffd5b506004361061006f575f3560e01c8063ba63c9471161004d578063ba63c9471461010d578063bda3feb714610156578063de8a2c8c14610179575f5ffd5b806335889ff21461007357806352c92110146100995780638ead9394146100d1575b5f5ffd5b610086610081366004610f32565b61018e565b6040519081526020015b60405180910390f35b6100ac6100a7366004610f63565b6101bf565b60405173ffffffffffffffffffffffffffffffffffffffff9091168152602001610090565b6100f87f000000000000000000000000000000000000000000000000000000000000000081565b60405163ffffffff9091168152602001610090565b61012061011b366004610f63565b610268565b604051610090949392919067ffffffffffffffff9485168152928416602084015292166040820152606081019190915260800190565b610169610164366004610fdb565b6102e2565b6040519015158152602001610090565b61018c61018736600461109f565b610408565b005b63ffffffff82165f90815260016020908152604080832067ffffffffffffffff851684529091529020545b92915050565b5f7f000000000000000000000000000000000000000000000000000000000000000063ffffffff168263ffffffff1610610241576040516318403a4d60e21b815263ffffffff7f000000000000000000000000000000000000000000000000000000000000000081166004830152831660248201526044015b60405180910390fd5b507f0000000000000000000000000000000000000000000000000000000000000000919050565b63ffffffff81165f908152602081905260408120805467ffffffffffffffff80821693680100000000000000008304821693600160801b9093049091169184156102b65780600101546102d8565b7fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555b9150509193509193565b5f604c85146102f257505f6103fe565b8660405160200161030391906110f1565b6040516020818303038152906040528051906020012060015f895f01602081019061032e9190610f63565b63ffffffff1663ffffffff1681526020019081526020015f205f89602001602081019061035b91906111c4565b67ffffffffffffffff1667ffffffffffffffff1681526020019081526020015f20541461038957505f6103fe565b6103fb6103ca87878080601f0160208091040260200160405190810160405280939291908181526020018383808284375f9201919091525061087892505050565b67ffffffffffffffff86166103e560808b0160608c016111c4565b67ffffffffffffffff1686868c608001356108e4565b90505b9695505050505050565b63ffffffff7f00000000000000000000000000000000000000000000000000000000000000001661043c6020850185610f63565b63ffffffff161061049e577f00000000000000000000000000000000000000000000000000000000000000006104756020850185610f63565b6040516318403a4d60e21b815263ffffffff928316600482015291166024820152604401610238565b3373ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000161461054b576040517f828f1b5500000000000000000000000000000000000000000000000000000000815273ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000166004820152336024820152604401610238565b5f808061055b6020870187610f63565b63ffffffff16815260208101919091526040015f20805490915067ffffffffffffffff80821691680100000000000000008104821691600160801b909104166105a6878484846109d3565b5f67ffffffffffffffff8416156105c15784600101546105e3565b7fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555b905061061a67ffffffffffffffff851661060360808b0160608c016111c4565b67ffffffffffffffff16838b608001358b8b610c8d565b610675578361062f60808a0160608b016111c4565b6040517f8931ce5200000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b5f8860405160200161068791906110f1565b60408051601f19818403018152919052805160209091012090506106b160808a0160608b016111c4565b6106c160408b0160208c016111c4565b6106d36101408c016101208d016111c4565b60808c013560018a81019190915589547fffffffffffffffff00000000000000000000000000000000ffffffffffffffff16600160801b67ffffffffffffffff938416027fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff161768010000000000000000938316939093029290921767ffffffffffffffff1916921691909117875581905f61077260208d018d610f63565b63ffffffff1663ffffffff1681526020019081526020015f205f8b602001602081019061079f91906111c4565b67ffffffffffffffff1667ffffffffffffffff1681526020019081526020015f20819055508860200160208101906107d791906111c4565b67ffffffffffffffff166107ee60208b018b610f63565b63ffffffff167f457919c706d80a958c0e8b203f0319cfc2e859bce9f3ee865170d73c08a75fa161082560608d0160408e016111c4565b61083560808e0160608f016111c4565b6040805167ffffffffffffffff93841681529290911660208301526080808f013591830191909152606082018690520160405180910390a3505050505050505050565b5f60028260405160200161088c91906111f4565b60408051601f19818403018152908290526108a691611205565b602060405180830381855afa1580156108c1573d5f5f3e3d5ffd5b5050506040513d601f19601f820116820180604052508101906101b99190611210565b5f8486106108f357505f6103fe565b5f6108ff60018761123b565b9050875f5b858110156109b857825f0361091e575f93505050506103fe565b886001166001148061092f57508289145b15610983576109568787838181106109495761094961124e565b9050602002013583610e65565b91505b6001891615801561096957508815155b1561097e57600198891c989290921c91610959565b6109a8565b6109a5828888848181106109995761099961124e565b90506020020135610e65565b91505b600198891c9892831c9201610904565b50811580156109c657508381145b9998505050505050505050565b6109de826001611262565b67ffffffffffffffff166109f860408601602087016111c4565b67ffffffffffffffff1614610a6857610a12826001611262565b610a2260408601602087016111c4565b6040517fa2dccea100000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b67ffffffffffffffff8316610a8360608601604087016111c4565b67ffffffffffffffff1614610ae95782610aa360608601604087016111c4565b6040517f11c9524d00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b67ffffffffffffffff8316610b0460808601606087016111c4565b67ffffffffffffffff1611610b6a5782610b2460808601606087016111c4565b6040517f8fd37a3e00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b67ffffffffffffffff8116610b87610140860161012087016111c4565b67ffffffffffffffff161015610bf05780610baa610140860161012087016111c4565b6040517f030f1cef00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b5f610bfd61025842611282565b610c09906103e8611295565b905080610c1e610140870161012088016111c4565b67ffffffffffffffff161115610c865780610c41610140870161012088016111c4565b6040517f1e1c0c47000000000000000000000000000000000000000000000000000000008152600481019290925267ffffffffffffffff166024820152604401610238565b5050505050565b5f85871115610c9d57505f6103fe565b858703610cb85781158015610cb157508385145b90506103fe565b865f03610cf15781158015610cb15750507fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85584146103fe565b5f610cfd60018961123b565b90505f610d0b60018961123b565b90505b81600116600103610d2557600191821c911c610d0e565b5f8215610d33576001610d35565b5f5b60ff16905080851015610d4d575f93505050506103fe565b5f8315610d725786865f818110610d6657610d6661124e565b90506020020135610d74565b885b9050805b86831015610e3d57835f03610d94575f955050505050506103fe565b8460011660011480610da557508385145b15610e1057610dbf8888858181106109495761094961124e565b9150610de3888885818110610dd657610dd661124e565b9050602002013582610e65565b90505b60018516158015610df657508415155b15610e0b57600194851c949390931c92610de6565b610e29565b610e26818989868181106109995761099961124e565b90505b600194851c9493841c939290920191610d78565b83158015610e4a57508982145b8015610e5557508881145b9c9b505050505050505050505050565b6040517f0100000000000000000000000000000000000000000000000000000000000000602082015260218101839052604181018290525f9060029060610160408051601f1981840301815290829052610ebe91611205565b602060405180830381855afa158015610ed9573d5f5f3e3d5ffd5b5050506040513d601f19601f82011682018060405250810190610efc9190611210565b9392505050565b803563ffffffff81168114610f16575f5ffd5b919050565b803567ffffffffffffffff81168114610f16575f5ffd5b5f5f60408385031215610f43575f5ffd5b610f4c83610f03565b9150610f5a60208401610f1b565b90509250929050565b5f60208284031215610f73575f5ffd5b610efc82610f03565b5f6101408284031215610f8d575f5ffd5b50919050565b5f5f83601f840112610fa3575f5ffd5b50813567ffffffffffffffff811115610fba575f5ffd5b6020830191508360208260051b8501011115610fd4575f5ffd5b9250929050565b5f5f5f5f5f5f6101a08789031215610ff1575f5ffd5b610ffb8888610f7c565b955061014087013567ffffffffffffffff811115611017575f5ffd5b8701601f81018913611027575f5ffd5b803567ffffffffffffffff81111561103d575f5ffd5b89602082840101111561104e575f5ffd5b602091909101955093506110656101608801610f1b565b925061018087013567ffffffffffffffff811115611081575f5ffd5b61108d89828a01610f93565b979a9699509497509295939492505050565b5f5f5f61016084860312156110b2575f5ffd5b6110bc8585610f7c565b925061014084013567ffffffffffffffff8111156110d8575f5ffd5b6110e486828701610f93565b9497909650939450505050565b610140810161110d8261110385610f03565b63ffffffff169052565b61111960208401610f1b565b67ffffffffffffffff16602083015261113460408401610f1b565b67ffffffffffffffff16604083015261114f60608401610f1b565b67ffffffffffffffff1660608301526080838101359083015260a0808401359083015260c0808401359083015260e080840135908301526111936101008401610f03565b63ffffffff166101008301526111ac6101208401610f1b565b67ffffffffffffffff81166101208401525092915050565b5f602082840312156111d4575f5ffd5b610efc82610f1b565b5f81518060208401855e5f93019283525090919050565b5f81525f610efc60018301846111dd565b5f610efc82846111dd565b5f60208284031215611220575f5ffd5b5051919050565b634e487b7160e01b5f52601160045260245ffd5b818103818111156101b9576101b9611227565b634e487b7160e01b5f52603260045260245ffd5b67ffffffffffffffff81811683821601908111156101b9576101b9611227565b808201808211156101b9576101b9611227565b80820281158282048414176101b9576101b961122756',
} as const
