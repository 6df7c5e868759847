using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DotNats.Primitives;

/// <summary>The operating system's cryptographic random source.</summary>
// On Linux straight from the kernel: the runtime's own way there loads OpenSSL, at every start 3 ms and 4 MB of a server that has no other use for it.
public static partial class SystemRandom
{
    /// <summary>Fills <paramref name="destination"/> with unpredictable bytes.</summary>
    public static void Fill(Span<byte> destination)
    {
        if (!OperatingSystem.IsLinux() || !TryFillFromKernel(destination)) FillFromRuntime(destination);
    }

    // Apart, so that the JIT does not load the runtime's cryptography where it is not needed: 1 MB.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillFromRuntime(Span<byte> destination) => RandomNumberGenerator.Fill(destination);

    // False on kernels before 3.17, which have no such call.
    private static bool TryFillFromKernel(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            // A signal may cut a large request short; what is missing is asked for again.
            nint filled = getrandom(ref MemoryMarshal.GetReference(destination), (nuint)destination.Length, 0);
            if (filled <= 0) return false;
            destination = destination[(int)filled..];
        }
        return true;
    }

    [LibraryImport("libc")]
    private static partial nint getrandom(ref byte buffer, nuint length, uint flags);
}
