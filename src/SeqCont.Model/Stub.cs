#pragma warning disable CS1591
using SeqCont.Engine;
namespace SeqCont.Model;
public sealed record Gpt2Config { public int NLayers{get;init;} public int NHeads{get;init;} public int DModel{get;init;} public int DHead{get;init;} public int DMlp{get;init;} public int NCtx{get;init;} public int DVocab{get;init;} public double LayerNormEpsilon{get;init;} public int? BosTokenId{get;init;} }
public sealed record LayerWeights(Tensor Ln1Gain, Tensor Ln1Bias, Tensor WQkv, Tensor BQkv, Tensor WO, Tensor BO, Tensor Ln2Gain, Tensor Ln2Bias, Tensor WIn, Tensor BIn, Tensor WOut, Tensor BOut);
public sealed class Gpt2Weights { public required Gpt2Config Config {get;init;} public required Tensor WE{get;init;} public required Tensor WPos{get;init;} public required LayerWeights[] Layers {get;init;} public required Tensor LnFGain{get;init;} public required Tensor LnFBias{get;init;} public Tensor? WU{get;init;} public Tensor? BU{get;init;} }
