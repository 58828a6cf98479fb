using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>A kernel of ours as CUDA gets it, with memory to run on.</summary>
internal sealed class PtxRun
{
    private readonly MethodInfo _method;

    /// <param name="method">The kernel.</param>
    /// <param name="text">Its PTX.</param>
    public PtxRun(MethodInfo method, string text) => (_method, Program) = (method, new PtxProgram(text));

    public PtxProgram Program { get; }

    /// <summary>Global memory.</summary>
    public PtxGlobalMemory Memory { get; } = new();

    /// <summary>What was never executed, an instruction a line.</summary>
    public string Unexecuted =>
        string.Join('\n', Program.Instructions.Where(instruction => !instruction.WasExecuted).Select(instruction => instruction.Text));

    /// <summary>Compiles a kernel as a device of CUDA is given it.</summary>
    public static PtxRun Of(MethodInfo method, KernelSpecialization specialization = default) =>
        new(method, PtxTests.Compile(method, specialization, CudaArchitecture.SM_80));

    /// <summary>Runs it.</summary>
    /// <param name="grid">Groups.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="arguments">An object with a member for each parameter, or for each field of a parameter that is a struct of
    /// ours.</param>
    public void Launch((int X, int Y) grid, int threads, object arguments) =>
        new PtxMachine(Program, Memory).Launch(grid, threads, Block(arguments));

    /// <summary>A buffer of float32 from numbers that it holds exactly.</summary>
    public PtxBuffer Floats(double[] values) => Memory.Add<float>([.. values.Select(value => (float)value)]);

    /// <summary>The parameters in a row, each where its declaration says: fields in order, at multiples of their sizes.</summary>
    private byte[] Block(object arguments)
    {
        var parameters = _method.GetParameters();
        Assert.HasCount(parameters.Length, Program.Parameters);
        var block = new byte[Program.Parameters[^1].Start + Program.Parameters[^1].Size];
        for (var i = 0; i < parameters.Length; i++)
        {
            var (type, end, largest) = (parameters[i].ParameterType, 0, 1);
            var isOurs = !type.IsPrimitive && !IsView(type);
            foreach (var (name, fieldType) in isOurs
                ? type.GetFields().OrderBy(field => field.MetadataToken).Select(field => (field.Name, field.FieldType))
                : [(parameters[i].Name!, type)])
            {
                var value = arguments.GetType()
                    .GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)?.GetValue(arguments)
                    ?? throw new ArgumentException($"no value for {name}");
                end = Put(block.AsSpan(Program.Parameters[i].Start), end, fieldType, value);
                largest = Math.Max(largest, SizeOf(fieldType));
            }

            Assert.AreEqual(Program.Parameters[i].Size, (end + largest - 1) / largest * largest, $"size of {parameters[i].Name}");
        }

        return block;
    }

    private static bool IsView(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>);

    /// <summary>Bytes that a number is aligned to; a view is a pointer and a length.</summary>
    private static int SizeOf(Type type) => IsView(type) ? 8 : Marshal.SizeOf(type);

    /// <summary>Writes one value; the end of it.</summary>
    private static int Put(Span<byte> block, int end, Type type, object value)
    {
        var at = (end + SizeOf(type) - 1) / SizeOf(type) * SizeOf(type);
        if (value is PtxBuffer buffer) value = new PtxView(buffer, 0);
        if (value is PtxView view)
        {
            Assert.AreEqual(Marshal.SizeOf(type.GetGenericArguments()[0]), view.Buffer.ElementBytes, "bytes of an element");
            BinaryPrimitives.WriteUInt64LittleEndian(block[at..], view.Address);
            BinaryPrimitives.WriteInt64LittleEndian(block[(at + 8)..], view.Length);
            return at + 16;
        }

        Assert.AreEqual(type, value.GetType());
        if (value is int whole) BinaryPrimitives.WriteInt32LittleEndian(block[at..], whole);
        else if (value is float single) BinaryPrimitives.WriteSingleLittleEndian(block[at..], single);
        else BinaryPrimitives.WriteDoubleLittleEndian(block[at..], (double)value);
        return at + SizeOf(type);
    }
}
