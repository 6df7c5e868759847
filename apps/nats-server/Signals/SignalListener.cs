using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace DotNats.App.Signals;

/// <summary>Takes the signals of this process, one after the other, in place of what the system does on them.</summary>
// Owner: the run loop reads; the runtime's signal thread writes.
// Lifetime: signals are taken until Dispose; the registrations are kept here because the runtime drops those nobody holds.
internal sealed class SignalListener : IDisposable
{
    // More than a few waiting means nobody reads any more.
    private const int MostWaiting = 16;

    private readonly Channel<ProcessSignal> _signals = Channel.CreateBounded<ProcessSignal>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<PosixSignalRegistration> _registrations = [];

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
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void Take(ProcessSignal signal) => _registrations.Add(PosixSignalRegistration.Create(Known(signal), context =>
    {
        context.Cancel = true;
        if (signal == ProcessSignal.Quit) LeaveAtOnce();
        _signals.Writer.TryWrite(signal);
    }));

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
