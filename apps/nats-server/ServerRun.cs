using System.Globalization;
using DotNats.App.Files;
using DotNats.App.Logs;
using DotNats.App.Signals;
using DotNats.Http;
using DotNats.Logging;
using Microsoft.Extensions.Logging;

namespace DotNats.App;

/// <summary>One server from its start to its end: log, files, signals.</summary>
// Owner: the run loop; nothing here is shared.
// Lifetime: RunAsync is the process's life; the log is closed last.
internal sealed partial class ServerRun : IDisposable
{
    private readonly OptionsSource _source;
    private readonly NatsLoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly string _program = ProgramName();
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private NatsServerOptions _options;
    private NatsServer? _server;
    private LogDestination? _nextLog;

    private ServerRun(OptionsSource source, NatsServerOptions options)
    {
        _source = source;
        _options = options;
        _loggers = new NatsLoggerFactory(ServerLog.Open(options.Logging, _program), options.Logging.Debug, options.Logging.Trace);
        _logger = _loggers.CreateLogger("nats-server");
    }

    /// <summary>Runs a server until it ends or is told to; returns the exit status.</summary>
    public static async Task<int> RunAsync(OptionsSource source, NatsServerOptions options)
    {
        ServerRun run;
        try
        {
            run = new ServerRun(source, options);
        }
        catch (LogDestinationException e)
        {
            await Console.Error.WriteAsync($"{DateTime.Now.ToString("yyyy/MM/dd HH:mm:ss", CultureInfo.InvariantCulture)} {e.Message}\n").ConfigureAwait(false);
            return 1;
        }
        using (run) return await run.RunAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _reloading.Dispose();
        _loggers.Dispose();
    }

    private async Task<int> RunAsync()
    {
        using SignalListener signals = new();
        NatsServer server;
        try
        {
            server = _server = await NatsServer.StartAsync(_options, Dependencies()).ConfigureAwait(false);
        }
        catch (OptionsException e)
        {
            await Console.Error.WriteAsync($"nats-server: {e.Message}\n").ConfigureAwait(false);
            return 1;
        }
        catch (Exception e)
        {
            LogFatal(e.Message);
            return 1;
        }
        await using (server.ConfigureAwait(false))
        {
            WritePortsFile();
            using IdleMemory memory = IdleMemory.Start();
            await ServeAsync(server, signals).ConfigureAwait(false);
            DeletePortsFile(_options.PortsFileDirectory);
        }
        return 0;
    }

    private async Task ServeAsync(NatsServer server, SignalListener signals)
    {
        Task<ProcessSignal> next = signals.NextAsync().AsTask();
        bool lameDuck = false;
        while (await Task.WhenAny(next, server.Completion).ConfigureAwait(false) == next)
        {
            ProcessSignal signal = await next.ConfigureAwait(false);
            LogTrapped(signal.LogName());
            switch (signal)
            {
                case ProcessSignal.Interrupt:
                // A lame duck is on its way out already; only an interrupt hurries it.
                case ProcessSignal.Terminate when !lameDuck:
                    await server.ShutdownAsync().ConfigureAwait(false);
                    return;
                case ProcessSignal.Hangup:
                    await ReloadAsync().ConfigureAwait(false);
                    break;
                case ProcessSignal.User1:
                    ReopenLog();
                    break;
                case ProcessSignal.User2:
                    lameDuck = true;
                    _ = server.EnterLameDuckAsync();
                    break;
            }
            next = signals.NextAsync().AsTask();
        }
    }

    private async Task ReloadAsync()
    {
        try
        {
            await ReloadNowAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogReloadFailed(e.Message);
        }
    }

    // All or nothing: the new log is opened before the server is asked, and thrown away when the server refuses. One at a time: a signal and
    // a request over the system account may meet.
    private async Task ReloadNowAsync()
    {
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            OptionsResult result = _source.LoadAgain();
            if (result.Options is not { } options) throw new ReloadException(result.Error!);
            _nextLog = options.Logging == _options.Logging ? null : ServerLog.Open(options.Logging, _program);
            if (_server is not { } server) throw new ReloadException("server is not running");
            await server.ReloadAsync(options).ConfigureAwait(false);
        }
        finally
        {
            // Taken over by now, unless something went wrong.
            _nextLog?.Dispose();
            _nextLog = null;
            _reloading.Release();
        }
    }

    // What belongs to the process and not to the server.
    private void Apply(NatsServerOptions options)
    {
        NatsServerOptions before = _options;
        _options = options;
        if (options.PidFile is { } pidFile && pidFile != before.PidFile && PidFile.Write(pidFile) is { } error) LogPidFileFailed(error);
        if (options.PortsFileDirectory != before.PortsFileDirectory)
        {
            DeletePortsFile(before.PortsFileDirectory);
            WritePortsFile();
        }
        if (_nextLog is { } log) _loggers.Use(log, options.Logging.Debug, options.Logging.Trace);
        _nextLog = null;
    }

    private void ReopenLog()
    {
        if (_options.Logging.File is null)
        {
            LogReopenIgnored();
            return;
        }
        try
        {
            _loggers.Use(ServerLog.Open(_options.Logging, _program), _options.Logging.Debug, _options.Logging.Trace);
            LogReopened();
        }
        catch (LogDestinationException e)
        {
            // Compat: nats-server ends here; we stay with the file we have.
            LogDestinationFailed(e.Message);
        }
    }

    private NatsServerDependencies Dependencies() => new()
    {
        LoggerFactory = _loggers,
        Extensions = [new HttpMonitoring(), new HttpAccountFetcher()],
        BeforeListening = WritePidFile,
        Reloaded = Apply,
        ReloadRequested = ReloadNowAsync,
    };

    private void WritePidFile()
    {
        if (_options.PidFile is { } path && PidFile.Write(path) is { } error) throw new ServerStartException($"Could not write pidfile: {error}");
    }

    private void WritePortsFile()
    {
        if (_options.PortsFileDirectory is not { } directory || _server is not { } server) return;
        ServerEndPoints endPoints = new()
        {
            Client = server.ClientEndPoint,
            ClientTls = _options.Tls is not null && !_options.AllowNonTls,
            Monitoring = server.MonitoringEndPoint,
            MonitoringTls = _options.Monitoring.HttpsPort is not (null or 0),
            Profile = server.ProfileEndPoint,
        };
        if (PortsFile.Write(PortsFile.PathIn(directory, _program), endPoints) is { } error) LogPortsFileFailed(error);
    }

    private void DeletePortsFile(string? directory)
    {
        if (directory is not null && PortsFile.Delete(PortsFile.PathIn(directory, _program)) is { } error) LogPortsFileFailed(error);
    }

    // As it was called, so that a link's name shows; the portable build is called by the name of its library.
    private static string ProgramName()
    {
        string name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        return name.EndsWith(".dll", StringComparison.Ordinal) ? name[..^4] : name;
    }
}
