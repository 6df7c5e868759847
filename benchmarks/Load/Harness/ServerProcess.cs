using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Load.Wire;

namespace Load.Harness;

/// <summary>Starts and stops a server given as a command; it takes nats-server's flags.</summary>
internal sealed class ServerProcess : ServerUnderTest
{
    private const int ReadyTimeoutMilliseconds = 15_000;
    private const int StopTimeoutMilliseconds = 10_000;

    // Between two attempts to connect: short against the few milliseconds a start takes, long enough to leave the server the processor.
    private const uint ProbeMicroseconds = 150;

    private readonly Process _process;
    private readonly string _logFile;

    private ServerProcess(Process process, int port, int monitoringPort, string logFile) : base(process.Id, port, monitoringPort)
    {
        _process = process;
        _logFile = logFile;
    }

    /// <summary>Starts <paramref name="command"/> on free ports and waits for the answer to its first PING.</summary>
    /// <exception cref="InvalidRunException">
    /// It cannot be executed, ends, or is not ready in 15 s; the text holds the end of its log.
    /// </exception>
    internal static ServerProcess Start(string command, string? configurationFile, string directory, bool tls = false)
    {
        int port = FreePort();
        int monitoringPort = FreePort();
        string logFile = Path.Combine(directory, "server.log");
        List<string> arguments = [.. CommandLine.Split(command), "-a", "127.0.0.1", "-p", $"{port}", "-m", $"{monitoringPort}"];
        if (configurationFile is not null) arguments.AddRange(["-c", configurationFile]);
        ProcessStartInfo start = new(SelfExecutable.File, [.. SelfExecutable.LeadingArguments, "exec", logFile, .. arguments])
        {
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start) ?? throw new InvalidOperationException("the server did not start");
        // Ends when execve has closed the pipe, or has failed.
        string report = process.StandardOutput.ReadToEnd();
        ServerProcess starting = new(process, port, monitoringPort, logFile);
        try
        {
            if (report.Contains("failed=", StringComparison.Ordinal))
                throw new InvalidRunException($"cannot execute {command}: {report.Trim()}");
            long executed = long.Parse(report.AsSpan("exec=".Length).TrimEnd(), CultureInfo.InvariantCulture);
            double milliseconds = starting.AwaitReady(tls ? OpenSsl.CreateClientContext() : 0, executed);
            return new ServerProcess(process, port, monitoringPort, logFile) { StartMilliseconds = milliseconds };
        }
        catch
        {
            starting.Dispose();
            throw;
        }
    }

    private double AwaitReady(nint tlsContext, long executed)
    {
        byte[] buffer = new byte[32 * 1024];
        while (true)
        {
            int descriptor = LoopbackSocket.TryConnect(Port);
            if (descriptor >= 0)
            {
                using NatsConnection first = NatsConnection.Over(descriptor, buffer, tlsContext);
                return Stopwatch.GetElapsedTime(executed).TotalMilliseconds;
            }
            if (_process.HasExited) throw new InvalidRunException($"the server ended at once: {LogTail()}");
            if (Stopwatch.GetElapsedTime(executed).TotalMilliseconds > ReadyTimeoutMilliseconds)
                throw new InvalidRunException($"the server was not ready in {ReadyTimeoutMilliseconds / 1000} s: {LogTail()}");
            _ = Libc.SleepMicroseconds(ProbeMicroseconds);
        }
    }

    protected override void Stop()
    {
        if (!_process.HasExited) _ = Libc.Kill(ProcessId, Libc.SignalTerminate);
        if (!_process.WaitForExit(StopTimeoutMilliseconds))
        {
            _ = Libc.Kill(ProcessId, Libc.SignalKill);
            _process.WaitForExit(StopTimeoutMilliseconds);
        }
        _process.Dispose();
    }

    /// <summary>Null while it runs, else what its log ended with.</summary>
    internal override string? DeathNote() => _process.HasExited ? LogTail() : null;

    private string LogTail()
    {
        if (!File.Exists(_logFile)) return "no log";
        string log = File.ReadAllText(_logFile).Trim().ReplaceLineEndings(" | ");
        return log.Length <= 300 ? log : log[^300..];
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
