#pragma warning disable CS1591
using SeqCont.Engine;
namespace SeqCont.Model;
public sealed record Gpt2Config { public int NLayers{get;init;} public int NHeads{get;init;} public int DModel{get;init;} public int DHead{get;init;} public int DMlp{get;init;} public int NCtx{get;init;} public int DVocab{get;init;} public double LayerNormEpsilon{get;init;} public int? BosTokenId{get;init;} }
public sealed record LayerWeights(Tensor Ln1Gain, Tensor Ln1Bias, Tensor WQkv, Tensor BQkv, Tensor WO, Tensor BO, Tensor Ln2Gain, Tensor Ln2Bias, Tensor WIn, Tensor BIn, Tensor WOut, Tensor BOut);
public sealed class Gpt2Weights { public required Gpt2Config Config {get;init;} public required Tensor WE{get;init;} public required Tensor WPos{get;init;} public required LayerWeights[] Layers {get;init;} public required Tensor LnFGain{get;init;} public required Tensor LnFBias{get;init;} public Tensor? WU{get;init;} public Tensor? BU{get;init;} }
public static class StubLoad {
  public static Gpt2Weights Load(string folder) {
    var bytes = File.ReadAllBytes(Path.Combine(folder,"model.safetensors"));
    var n = (int)BitConverter.ToUInt64(bytes,0);
    var h = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(8,n)).RootElement;
    var c = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder,"config.json"))).RootElement;
    int I(string k)=>c.GetProperty(k).GetInt32();
    Tensor T(string name){ if(!h.TryGetProperty(name,out var e)) e=h.GetProperty("transformer."+name); int[] shape=[..e.GetProperty("shape").EnumerateArray().Select(x=>x.GetInt32())]; var off=e.GetProperty("data_offsets"); var s=off[0].GetInt32(); var l=(off[1].GetInt32()-s)/4; var v=new double[l]; for(var i=0;i<l;i++) v[i]=BitConverter.ToSingle(bytes,8+n+s+4*i); return new ArrayTensor(name,v,shape);}    
    var cfg=new Gpt2Config{NLayers=I("n_layer"),NHeads=I("n_head"),DModel=I("n_embd"),DHead=I("n_embd")/I("n_head"),DMlp=4*I("n_embd"),NCtx=I("n_ctx"),DVocab=I("vocab_size"),LayerNormEpsilon=c.GetProperty("layer_norm_epsilon").GetDouble()};
    LayerWeights L(int i){ string p=$"h.{i}."; return new(T(p+"ln_1.weight"),T(p+"ln_1.bias"),T(p+"attn.c_attn.weight"),T(p+"attn.c_attn.bias"),T(p+"attn.c_proj.weight"),T(p+"attn.c_proj.bias"),T(p+"ln_2.weight"),T(p+"ln_2.bias"),T(p+"mlp.c_fc.weight"),T(p+"mlp.c_fc.bias"),T(p+"mlp.c_proj.weight"),T(p+"mlp.c_proj.bias"));}
    return new Gpt2Weights{Config=cfg,WE=T("wte.weight"),WPos=T("wpe.weight"),Layers=[..Enumerable.Range(0,cfg.NLayers).Select(L)],LnFGain=T("ln_f.weight"),LnFBias=T("ln_f.bias")};
  }
}
