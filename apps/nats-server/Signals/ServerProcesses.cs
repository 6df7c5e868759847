using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using DotNats.Logging;

namespace DotNats.App.Signals;

/// <summary>The servers running on this machine: finding them and sending them signals.</summary>
internal static partial class ServerProcesses
{
    private const string ProcessName = "nats-server";

    /// <summary>Process ids of all servers but this process, lowest first.</summary>
    // Compat: nats-server asks pgrep, which takes every process whose name contains the word.
    public static IReadOnlyList<int> Find()
    {
        List<int> found = [];
        if (OperatingSystem.IsLinux())
        {
            foreach (string directory in Directory.EnumerateDirectories("/proc"))
                if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && IsServer(directory))
                    found.Add(id);
        }
        else
        {
            foreach (Process process in Process.GetProcessesByName(ProcessName))
                using (process) found.Add(process.Id);
        }
        found.Remove(Environment.ProcessId);
        found.Sort();
        return found;
    }

    /// <summary>Sends the signal to all processes asked for; returns what went wrong in nats-server's words, or null.</summary>
    /// <param name="command">The command as the user gave it.</param>
    public static string? Send(SignalRequest request, string command)
    {
        StringBuilder errors = new();
        foreach (int id in request.ProcessIds)
            if (Send(id, request.Signal) is { } error)
                errors.Append(CultureInfo.InvariantCulture, $"\nsignal \"{command}\" {id}: {error}");
        return errors.Length == 0 ? null : errors.ToString();
    }

    private static bool IsServer(string processDirectory)
    {
        try
        {
            return File.ReadAllText(processDirectory + "/comm").Contains(ProcessName, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return false;
        }
    }

    private static string? Send(int id, ProcessSignal signal)
    {
        if (OperatingSystem.IsWindows()) return "signals are not supported on this system";
        return kill(id, signal.Number()) == 0 ? null : OsErrorText.Of(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
