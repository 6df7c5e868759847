using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace DotNats.App.Signals;

/// <summary>Takes the signals of this process, one after the other, in place of what the system does on them.</summary>
// Owner: the run loop reads; the runtime's signal thread writes.
// Lifetime: signals are taken until Dispose; the registrations are kept here because the runtime drops those nobody holds.
internal sealed class SignalListener : IDisposable
{
    // What Windows gives a program whose console is closed.
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    // More than a few waiting means nobody reads any more.
    private const int MostWaiting = 16;

    private readonly Channel<ProcessSignal> _signals = Channel.CreateBounded<ProcessSignal>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly ManualResetEventSlim _ended = new();

    public SignalListener()
    {
        Take(ProcessSignal.Interrupt);
        Take(ProcessSignal.Terminate);
        Take(ProcessSignal.Hangup);
        Take(ProcessSignal.Quit);
        if (OperatingSystem.IsWindows()) return;
        Take(ProcessSignal.User1);
        Take(ProcessSignal.User2);
    }

    /// <summary>Waits for the next signal.</summary>
    public ValueTask<ProcessSignal> NextAsync() => _signals.Reader.ReadAsync();

    public void Dispose()
    {
        _ended.Set();
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void Take(ProcessSignal signal) => _registrations.Add(PosixSignalRegistration.Create(Known(signal), context =>
    {
        context.Cancel = true;
        if (OperatingSystem.IsWindows()) TakeOnWindows(signal);
        else if (signal == ProcessSignal.Quit) LeaveAtOnce();
        else _signals.Writer.TryWrite(signal);
    }));

    // Windows has two keys and two ends: of the console or of the session. After an end it ends the process once this returns, so the server goes first.
    private void TakeOnWindows(ProcessSignal signal)
    {
        bool isKey = signal is ProcessSignal.Interrupt or ProcessSignal.Quit;
        _signals.Writer.TryWrite(isKey ? ProcessSignal.Interrupt : ProcessSignal.Terminate);
        if (!isKey) _ended.Wait(LongestGoodbye);
    }

    // The runtime numbers the signals it knows itself and takes raw numbers for the others.
    private static PosixSignal Known(ProcessSignal signal) => signal switch
    {
        ProcessSignal.Interrupt => PosixSignal.SIGINT,
        ProcessSignal.Terminate => PosixSignal.SIGTERM,
        ProcessSignal.Hangup => PosixSignal.SIGHUP,
        ProcessSignal.Quit => PosixSignal.SIGQUIT,
        _ => (PosixSignal)signal.Number(),
    };

    // Compat: nats-server dies on SIGQUIT with status 2, without an orderly shutdown: the way out of a server that hangs.
    private static void LeaveAtOnce()
    {
        Console.Error.WriteLine("SIGQUIT: quit");
        Environment.Exit(2);
    }
}
