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
      "name": "BatchTooLarge",
      "inputs": [
        {
          "name": "most",
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
  bytecode: '0x60c060405234801561000f575f5ffd5b5060405161143f38038061143f83398101604081905261002e9161004a565b63ffffffff9091166080526001600160a01b031660a052610095565b5f5f6040838503121561005b575f5ffd5b825163ffffffff8116811461006e575f5ffd5b60208401519092506001600160a01b038116811461008a575f5ffd5b809150509250929050565b60805160a0516113606100df5f395f8181610244015281816104b6015261051801525f818160d6015281816101c2015281816102070152818161040f015261044901526113605ff3fe608060405234801561000f575f5ffd5b506004361061006f575f3560e01c8063ba63c9471161004d578063ba63c9471461010d578063bda3feb714610156578063de8a2c8c14610179575f5ffd5b806335889ff21461007357806352c92110146100995780638ead9394146100d1575b5f5ffd5b610086610081366004610fc6565b61018e565b6040519081526020015b60405180910390f35b6100ac6100a7366004610ff7565b6101bf565b60405173ffffffffffffffffffffffffffffffffffffffff9091168152602001610090565b6100f87f000000000000000000000000000000000000000000000000000000000000000081565b60405163ffffffff9091168152602001610090565b61012061011b366004610ff7565b610268565b604051610090949392919067ffffffffffffffff9485168152928416602084015292166040820152606081019190915260800190565b61016961016436600461106f565b6102e2565b6040519015158152602001610090565b61018c610187366004611133565b610408565b005b63ffffffff82165f90815260016020908152604080832067ffffffffffffffff851684529091529020545b92915050565b5f7f000000000000000000000000000000000000000000000000000000000000000063ffffffff168263ffffffff1610610241576040516318403a4d60e21b815263ffffffff7f000000000000000000000000000000000000000000000000000000000000000081166004830152831660248201526044015b60405180910390fd5b507f0000000000000000000000000000000000000000000000000000000000000000919050565b63ffffffff81165f908152602081905260408120805467ffffffffffffffff80821693680100000000000000008304821693600160801b9093049091169184156102b65780600101546102d8565b7fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555b9150509193509193565b5f604c85146102f257505f6103fe565b866040516020016103039190611185565b6040516020818303038152906040528051906020012060015f895f01602081019061032e9190610ff7565b63ffffffff1663ffffffff1681526020019081526020015f205f89602001602081019061035b9190611258565b67ffffffffffffffff1667ffffffffffffffff1681526020019081526020015f20541461038957505f6103fe565b6103fb6103ca87878080601f0160208091040260200160405190810160405280939291908181526020018383808284375f9201919091525061087892505050565b67ffffffffffffffff86166103e560808b0160608c01611258565b67ffffffffffffffff1686868c608001356108e4565b90505b9695505050505050565b63ffffffff7f00000000000000000000000000000000000000000000000000000000000000001661043c6020850185610ff7565b63ffffffff161061049e577f00000000000000000000000000000000000000000000000000000000000000006104756020850185610ff7565b6040516318403a4d60e21b815263ffffffff928316600482015291166024820152604401610238565b3373ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000161461054b576040517f828f1b5500000000000000000000000000000000000000000000000000000000815273ffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000166004820152336024820152604401610238565b5f808061055b6020870187610ff7565b63ffffffff16815260208101919091526040015f20805490915067ffffffffffffffff80821691680100000000000000008104821691600160801b909104166105a6878484846109d3565b5f67ffffffffffffffff8416156105c15784600101546105e3565b7fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555b905061061a67ffffffffffffffff851661060360808b0160608c01611258565b67ffffffffffffffff16838b608001358b8b610d21565b610675578361062f60808a0160608b01611258565b6040517f8931ce5200000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b5f886040516020016106879190611185565b60408051601f19818403018152919052805160209091012090506106b160808a0160608b01611258565b6106c160408b0160208c01611258565b6106d36101408c016101208d01611258565b60808c013560018a81019190915589547fffffffffffffffff00000000000000000000000000000000ffffffffffffffff16600160801b67ffffffffffffffff938416027fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff161768010000000000000000938316939093029290921767ffffffffffffffff1916921691909117875581905f61077260208d018d610ff7565b63ffffffff1663ffffffff1681526020019081526020015f205f8b602001602081019061079f9190611258565b67ffffffffffffffff1667ffffffffffffffff1681526020019081526020015f20819055508860200160208101906107d79190611258565b67ffffffffffffffff166107ee60208b018b610ff7565b63ffffffff167f457919c706d80a958c0e8b203f0319cfc2e859bce9f3ee865170d73c08a75fa161082560608d0160408e01611258565b61083560808e0160608f01611258565b6040805167ffffffffffffffff93841681529290911660208301526080808f013591830191909152606082018690520160405180910390a3505050505050505050565b5f60028260405160200161088c9190611288565b60408051601f19818403018152908290526108a691611299565b602060405180830381855afa1580156108c1573d5f5f3e3d5ffd5b5050506040513d601f19601f820116820180604052508101906101b991906112a4565b5f8486106108f357505f6103fe565b5f6108ff6001876112cf565b9050875f5b858110156109b857825f0361091e575f93505050506103fe565b886001166001148061092f57508289145b1561098357610956878783818110610949576109496112e2565b9050602002013583610ef9565b91505b6001891615801561096957508815155b1561097e57600198891c989290921c91610959565b6109a8565b6109a582888884818110610999576109996112e2565b90506020020135610ef9565b91505b600198891c9892831c9201610904565b50811580156109c657508381145b9998505050505050505050565b6109de8260016112f6565b67ffffffffffffffff166109f86040860160208701611258565b67ffffffffffffffff1614610a6857610a128260016112f6565b610a226040860160208701611258565b6040517fa2dccea100000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b67ffffffffffffffff8316610a836060860160408701611258565b67ffffffffffffffff1614610ae95782610aa36060860160408701611258565b6040517f11c9524d00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b67ffffffffffffffff8316610b046080860160608701611258565b67ffffffffffffffff1611610b6a5782610b246080860160608701611258565b6040517f8fd37a3e00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b6201000083610b7f6080870160608801611258565b610b899190611316565b67ffffffffffffffff161115610bfe576201000083610bae6080870160608801611258565b610bb89190611316565b6040517fc4866efb00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b67ffffffffffffffff8116610c1b61014086016101208701611258565b67ffffffffffffffff161015610c845780610c3e61014086016101208701611258565b6040517f030f1cef00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff928316600482015291166024820152604401610238565b5f610c9161025842611336565b610c9d906103e8611349565b905080610cb261014087016101208801611258565b67ffffffffffffffff161115610d1a5780610cd561014087016101208801611258565b6040517f1e1c0c47000000000000000000000000000000000000000000000000000000008152600481019290925267ffffffffffffffff166024820152604401610238565b5050505050565b5f85871115610d3157505f6103fe565b858703610d4c5781158015610d4557508385145b90506103fe565b865f03610d855781158015610d455750507fe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85584146103fe565b5f610d916001896112cf565b90505f610d9f6001896112cf565b90505b81600116600103610db957600191821c911c610da2565b5f8215610dc7576001610dc9565b5f5b60ff16905080851015610de1575f93505050506103fe565b5f8315610e065786865f818110610dfa57610dfa6112e2565b90506020020135610e08565b885b9050805b86831015610ed157835f03610e28575f955050505050506103fe565b8460011660011480610e3957508385145b15610ea457610e53888885818110610949576109496112e2565b9150610e77888885818110610e6a57610e6a6112e2565b9050602002013582610ef9565b90505b60018516158015610e8a57508415155b15610e9f57600194851c949390931c92610e7a565b610ebd565b610eba81898986818110610999576109996112e2565b90505b600194851c9493841c939290920191610e0c565b83158015610ede57508982145b8015610ee957508881145b9c9b505050505050505050505050565b6040517f0100000000000000000000000000000000000000000000000000000000000000602082015260218101839052604181018290525f9060029060610160408051601f1981840301815290829052610f5291611299565b602060405180830381855afa158015610f6d573d5f5f3e3d5ffd5b5050506040513d601f19601f82011682018060405250810190610f9091906112a4565b9392505050565b803563ffffffff81168114610faa575f5ffd5b919050565b803567ffffffffffffffff81168114610faa575f5ffd5b5f5f60408385031215610fd7575f5ffd5b610fe083610f97565b9150610fee60208401610faf565b90509250929050565b5f60208284031215611007575f5ffd5b610f9082610f97565b5f6101408284031215611021575f5ffd5b50919050565b5f5f83601f840112611037575f5ffd5b50813567ffffffffffffffff81111561104e575f5ffd5b6020830191508360208260051b8501011115611068575f5ffd5b9250929050565b5f5f5f5f5f5f6101a08789031215611085575f5ffd5b61108f8888611010565b955061014087013567ffffffffffffffff8111156110ab575f5ffd5b8701601f810189136110bb575f5ffd5b803567ffffffffffffffff8111156110d1575f5ffd5b8960208284010111156110e2575f5ffd5b602091909101955093506110f96101608801610faf565b925061018087013567ffffffffffffffff811115611115575f5ffd5b61112189828a01611027565b979a9699509497509295939492505050565b5f5f5f6101608486031215611146575f5ffd5b6111508585611010565b925061014084013567ffffffffffffffff81111561116c575f5ffd5b61117886828701611027565b9497909650939450505050565b61014081016111a18261119785610f97565b63ffffffff169052565b6111ad60208401610faf565b67ffffffffffffffff1660208301526111c860408401610faf565b67ffffffffffffffff1660408301526111e360608401610faf565b67ffffffffffffffff1660608301526080838101359083015260a0808401359083015260c0808401359083015260e080840135908301526112276101008401610f97565b63ffffffff166101008301526112406101208401610faf565b67ffffffffffffffff81166101208401525092915050565b5f60208284031215611268575f5ffd5b610f9082610faf565b5f81518060208401855e5f93019283525090919050565b5f81525f610f906001830184611271565b5f610f908284611271565b5f602082840312156112b4575f5ffd5b5051919050565b634e487b7160e01b5f52601160045260245ffd5b818103818111156101b9576101b96112bb565b634e487b7160e01b5f52603260045260245ffd5b67ffffffffffffffff81811683821601908111156101b9576101b96112bb565b67ffffffffffffffff82811682821603908111156101b9576101b96112bb565b808201808211156101b9576101b96112bb565b80820281158282048414176101b9576101b96112bb56',
} as const
