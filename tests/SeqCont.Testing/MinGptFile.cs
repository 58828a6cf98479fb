using System.Buffers.Binary;
using System.Text.Json;
using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Testing;

/// <summary>
/// The minGPT exports of shared/golden/gpt-nano-sort: JSON of {shape, dtype, data} by name, data being base64 of
/// little-endian float32.
/// </summary>
public static class MinGptFile
{
    /// <summary>All tensors of a file (model.json, partials.json), with their own shapes.</summary>
    public static IReadOnlyDictionary<string, ArrayTensor> ReadTensors(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var tensors = new Dictionary<string, ArrayTensor>(StringComparer.Ordinal);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (!property.Value.TryGetProperty("data", out var data)) continue;
            var bytes = data.GetBytesFromBase64();
            var values = new double[bytes.Length / sizeof(float)];
            for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
            var shape = property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray();
            tensors[property.Name] = new ArrayTensor(property.Name, values, shape);
        }
        return tensors;
    }

    /// <summary>The model of a model.json; its linear weights are [out, in] there and are transposed here.</summary>
    public static Gpt2Weights ReadModel(string path)
    {
        var tensors = ReadTensors(path);
        var config = ReadConfig(path);
        Tensor Plain(string name) => tensors["transformer." + name];
        Tensor Linear(string name) => Transpose(tensors["transformer." + name]);
        var layers = Enumerable.Range(0, config.NLayers).Select(layer => $"h.{layer}.").Select(block => new LayerWeights(
            Ln1Gain: Plain(block + "ln_1.weight"),
            Ln1Bias: Plain(block + "ln_1.bias"),
            WQkv: Linear(block + "attn.c_attn.weight"),
            BQkv: Plain(block + "attn.c_attn.bias"),
            WO: Linear(block + "attn.c_proj.weight"),
            BO: Plain(block + "attn.c_proj.bias"),
            Ln2Gain: Plain(block + "ln_2.weight"),
            Ln2Bias: Plain(block + "ln_2.bias"),
            WIn: Linear(block + "mlp.c_fc.weight"),
            BIn: Plain(block + "mlp.c_fc.bias"),
            WOut: Linear(block + "mlp.c_proj.weight"),
            BOut: Plain(block + "mlp.c_proj.bias")));
        var all = new Gpt2Tensors(
            Plain("wte.weight"), Plain("wpe.weight"), [.. layers], Plain("ln_f.weight"), Plain("ln_f.bias"), tensors["lm_head.weight"]);
        return new Gpt2Weights("gpt-nano-sort", config, all, () => "");
    }

    private static ModelConfig ReadConfig(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var config = document.RootElement.GetProperty("config");
        int Size(string key) => config.GetProperty(key).GetInt32();
        return new ModelConfig
        {
            NLayers = Size("n_layer"),
            NHeads = Size("n_head"),
            DModel = Size("n_embd"),
            DMlp = 4 * Size("n_embd"),
            NCtx = Size("block_size"),
            DVocab = Size("vocab_size"),
        };
    }

    private static ArrayTensor Transpose(ArrayTensor tensor)
    {
        var (rows, columns) = (tensor.Shape[0], tensor.Shape[1]);
        var source = new double[tensor.Length];
        tensor.Read(0, source.AsSpan());
        var transposed = new double[source.Length];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++) transposed[column * rows + row] = source[row * columns + column];
        return new ArrayTensor(tensor.Name, transposed, columns, rows);
    }
}
