using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Types;
using ILGPU.IR.Values;
using Hardware = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>.HardwareRegister;

namespace SeqCont.Kernels.Gpu;

#pragma warning disable IDE0060 // ILGPU calls generators by a delegate of this shape, whether they use all of it or not.

/// <summary>What <see cref="TensorCore"/> and <see cref="AsyncCopy"/> become in PTX.</summary>
public static class PtxIntrinsics
{
    /// <summary>Registers the instructions with a context; before it compiles a kernel.</summary>
    public static void Register(Context context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var manager = context.GetIntrinsicManager();
        void Add(Type type, string method, string generator) => manager.RegisterMethod(
            type.GetMethod(method, BindingFlags.Public | BindingFlags.Static)!,
            new PTXIntrinsic(typeof(PtxIntrinsics), generator, IntrinsicImplementationMode.GenerateCode));
        Add(typeof(TensorCore), nameof(TensorCore.MultiplyAdd), nameof(EmitMultiplyAdd));
        Add(typeof(AsyncCopy), nameof(AsyncCopy.Copy4), nameof(EmitCopy4));
        Add(typeof(AsyncCopy), nameof(AsyncCopy.Commit), nameof(EmitCommit));
        Add(typeof(AsyncCopy), nameof(AsyncCopy.WaitAllButNewest), nameof(EmitWaitAllButNewest));
    }

    private static void EmitMultiplyAdd(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var (a, b, c) = (Names(generator, generator.Load(call[0])), Names(generator, generator.Load(call[1])),
            Names(generator, generator.Load(call[2])));
        Line(
            generator, $"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {Names(generator, generator.Allocate(value))}, {a}, {b}, {c};");
    }

    private static void EmitCopy4(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var (shared, global, count) = (Name(generator, call[0]), Name(generator, call[1]), Name(generator, call[2]));
        // Where the compiler knows that a pointer is of shared memory it hands over an address there, else a generic one.
        var isGeneric = call[0].Type is not AddressSpaceType { AddressSpace: MemoryAddressSpace.Shared };
        var address = generator.AllocatePlatformRegister(out _);
        var bytes = generator.AllocateInt32Register();
        Line(generator, $"{(isGeneric ? "cvta.to.shared.u64" : "mov.b64")} {Name(address)}, {shared};");
        Line(generator, $"shl.b32 {Name(bytes)}, {count}, 2;");
        Line(generator, $"cp.async.cg.shared.global [{Name(address)}], [{global}], 16, {Name(bytes)};");
        generator.FreeRegister(address);
        generator.FreeRegister(bytes);
    }

    private static void EmitCommit(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Line(generator, "cp.async.commit_group;");

    private static void EmitWaitAllButNewest(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Line(generator, "cp.async.wait_group 1;");

    private static void Line(PTXCodeGenerator generator, string instruction) =>
        generator.Builder.Append('\t').Append(instruction).Append('\n');

    private static string Name(PTXCodeGenerator generator, Value value) =>
        Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(value)));

    private static string Names(PTXCodeGenerator generator, RegisterAllocator<PTXRegisterKind>.Register register)
    {
        var numbers = (RegisterAllocator<PTXRegisterKind>.CompoundRegister)register;
        var names = numbers.Children.Select(child =>
            Name(generator.EnsureHardwareRegister((RegisterAllocator<PTXRegisterKind>.PrimitiveRegister)child)));
        return $"{{{string.Join(", ", names)}}}";
    }

    private static string Name(Hardware register) => "%" + PTXRegisterAllocator.GetStringRepresentation(register);
}
