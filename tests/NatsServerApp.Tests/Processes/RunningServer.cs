using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>A server process of one test; it is killed at the test's end if it still runs.</summary>
internal sealed class RunningServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly SemaphoreSlim _grown = new(0);

    private RunningServer(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Process id.</summary>
    public int Id => _process.Id;

    /// <summary>Everything it wrote to standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Starts a server and waits until it is ready or has ended.</summary>
    public static async Task<RunningServer> StartAsync(params string[] args)
    {
        RunningServer server = new(Process.Start(ServerExecutable.With(args))!);
        await server.WaitForAsync(log => IsReady(log) || server._process.HasExited);
        return server;
    }

    /// <summary>Starts a server that logs into files, of which <paramref name="logFile"/> is the current one, and waits until it is ready.</summary>
    public static async Task<RunningServer> StartAsync(string[] args, string logFile)
    {
        RunningServer server = new(Process.Start(ServerExecutable.With(args))!);
        string directory = Path.GetDirectoryName(logFile)!;
        // The line may have gone into a backup already.
        await server.WaitForAsync(_ => Directory.GetFiles(directory, Path.GetFileName(logFile) + "*").Any(file => IsReady(File.ReadAllText(file))));
        return server;
    }

    /// <summary>Sends a signal by its name, e.g. <c>HUP</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the log has what is asked for; says what it had when it never came.</summary>
    public async Task WaitForAsync(Func<string, bool> condition)
    {
        long end = Stopwatch.GetTimestamp() + (long)(Patience.TotalSeconds * Stopwatch.Frequency);
        while (!condition(Log))
        {
            if (Stopwatch.GetTimestamp() > end) throw new TimeoutException("Waited in vain; the log says:\n" + Log);
            await _grown.WaitAsync(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for the end; returns the exit status, with the log complete.</summary>
    public async Task<int> EndAsync()
    {
        using CancellationTokenSource limit = new(Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Ends it as <c>kill -9</c> does: without a word to it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        _grown.Dispose();
    }

    private static bool IsReady(string log) => log.Contains("Server is ready", StringComparison.Ordinal);

    private void Add(string? line)
    {
        if (line is null) return;
        lock (_log) _log.Append(line).Append('\n');
        _grown.Release();
    }
}
