namespace SeqCont.Model;

/// <summary>What a safetensors header says about one tensor; already checked against the file's size.</summary>
/// <param name="Name">The tensor's key.</param>
/// <param name="DType">The format's name of the element type: F32, F16, BF16, F64, I64, I32, U8, ...</param>
/// <param name="Shape">Sizes, slowest axis first; none negative. Empty for a scalar.</param>
/// <param name="Start">Bytes from the start of the data section (which follows the header).</param>
/// <param name="Bytes">Bytes of data: the product of the shape times the element's size.</param>
public sealed record SafetensorsEntry(string Name, string DType, IReadOnlyList<long> Shape, long Start, long Bytes)
{
    /// <summary>Number of elements.</summary>
    public long Length => Shape.Aggregate(1L, (length, size) => length * size);

    /// <summary>The shape for messages: "[61, 12]".</summary>
    internal string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>Bytes of one element of the named type; 0 when the format has no such type (or it is not whole bytes).</summary>
    internal static int BytesOf(string dtype) => dtype switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" or "C64" => 8,
        _ => 0,
    };
}
