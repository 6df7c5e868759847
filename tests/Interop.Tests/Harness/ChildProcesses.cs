using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Interop.Tests;

/// <summary>Every process a test starts; an interrupted run leaves none behind.</summary>
// Owner: the lock. Invariant: once the run ends, nothing new starts.
public static class ChildProcesses
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<Process> Running = [];
    // Kept: a registration that is collected no longer acts. Since .NET 10 a termination signal alone raises no ProcessExit.
    private static readonly PosixSignalRegistration[] Signals =
        [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, _ => End()))];

    private static bool _ending;

    static ChildProcesses() => AppDomain.CurrentDomain.ProcessExit += (_, _) => End();

    public static void Start(Process process)
    {
        lock (Gate)
        {
            if (_ending)
                throw new InvalidOperationException("the test run is ending");
            process.Start();
            Running.Add(process);
        }
    }

    /// <summary>Runs a program to its end; what it printed.</summary>
    /// <exception cref="InvalidOperationException">It ended with an error; says what it and the server had to say.</exception>
    public static async Task<string> RunAsync(ProcessStartInfo start, ServerProcess? server)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using Process process = new() { StartInfo = start };
        Start(process);
        try
        {
            using CancellationTokenSource limit = new(Eventually.Limit);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode == 0) return output;
            throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed:\n{output}{await errors}\nserver log:\n{server?.LogText}");
        }
        finally
        {
            Kill(process);
        }
    }

    /// <summary>Kills and forgets a process; nothing happens to one that has ended.</summary>
    public static void Kill(Process process)
    {
        lock (Gate)
        {
            if (Running.Remove(process))
                process.Kill();
        }
    }

    private static void End()
    {
        lock (Gate)
        {
            _ending = true;
            foreach (Process process in Running)
                process.Kill();
        }
    }
}
