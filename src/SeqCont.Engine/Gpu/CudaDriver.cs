using System.Runtime.InteropServices;

namespace SeqCont.Engine.Gpu;

/// <summary>Asks the CUDA driver whether it is there, without anything else being loaded: cheap enough for every start.</summary>
internal static class CudaDriver
{
    private static readonly Lazy<string?> Found = new(Look);

    private delegate int Initialize(uint flags);

    private delegate int GetCount(out int count);

    /// <summary>Why CUDA cannot be used; null when it can.</summary>
    public static string? Problem => Found.Value;

    private static string? Look()
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(name, out var driver)) return $"{name} was not found: there is no NVIDIA driver on this machine";
        var result = Function<Initialize>(driver, "cuInit")(0);
        if (result != 0) return $"the NVIDIA driver does not start: cuInit returned {Explain(result)}";
        result = Function<GetCount>(driver, "cuDeviceGetCount")(out var count);
        if (result != 0) return $"the NVIDIA driver does not answer: cuDeviceGetCount returned {Explain(result)}";
        return count == 0 ? "the NVIDIA driver finds no device (CUDA_VISIBLE_DEVICES may hide it)" : null;
    }

    private static T Function<T>(IntPtr driver, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(driver, name));

    private static string Explain(int result) => result switch
    {
        34 => "34 (the driver is a stub)",
        46 => "46 (the device is not available: another process may hold it)",
        100 => "100 (no device)",
        803 => "803 (the driver and its libraries are of different versions)",
        804 => "804 (the driver is too old for this device)",
        999 => "999 (unknown error)",
        _ => $"error {result}",
    };
}
