using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Load.Wire;

namespace Load.Harness;

/// <summary>`exec LOGFILE COMMAND…`: becomes the server, after arranging that it dies with the harness and noting the time.</summary>
// The framework cannot start a child that way itself. The time is taken right before execve, so this program's own start does not count.
internal static unsafe class ExecTrampoline
{
    private const int DuplicateCloseOnExec = 1030;
    private const int CreateWriteAppend = 0x40 | 0x1 | 0x400 | 0x80000;

    /// <summary>Returns only when the command cannot be executed.</summary>
    internal static int Run(ReadOnlySpan<string> arguments)
    {
        Libc.DieWithParent();
        // Closed by a successful execve, which is how the harness knows of it.
        int report = Libc.FileControl(1, DuplicateCloseOnExec, 3);
        int log = Libc.Open(arguments[0], CreateWriteAppend, 0x1B6);
        _ = Libc.Duplicate(log, 1);
        _ = Libc.Duplicate(log, 2);
        _ = Libc.Signal(Libc.SignalPipe, 0);
        byte** command = stackalloc byte*[arguments.Length];
        for (int i = 1; i < arguments.Length; i++) command[i - 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        command[arguments.Length - 1] = null;
        Write(report, $"exec={Stopwatch.GetTimestamp()}\n");
        _ = Libc.Execute(arguments[1], command);
        Write(report, $"failed={Marshal.GetLastPInvokeError()}\n");
        return 127;
    }

    private static void Write(int descriptor, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* start = bytes) _ = Libc.Write(descriptor, start, bytes.Length);
    }
}
