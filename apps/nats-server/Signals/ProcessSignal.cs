namespace DotNats.App.Signals;

/// <summary>Signals a server sends or takes.</summary>
internal enum ProcessSignal
{
    Hangup,
    Interrupt,
    Quit,
    Kill,
    User1,
    User2,
    Terminate,
}

internal static class ProcessSignals
{
    /// <summary>The platform's number.</summary>
    // POSIX fixes all but the two user signals, which BSD systems count differently.
    public static int Number(this ProcessSignal signal) => signal switch
    {
        ProcessSignal.Hangup => 1,
        ProcessSignal.Interrupt => 2,
        ProcessSignal.Quit => 3,
        ProcessSignal.Kill => 9,
        ProcessSignal.User1 => OperatingSystem.IsLinux() ? 10 : 30,
        ProcessSignal.User2 => OperatingSystem.IsLinux() ? 12 : 31,
        _ => 15,
    };

    /// <summary>The name nats-server's log gives it.</summary>
    public static string LogName(this ProcessSignal signal) => signal switch
    {
        ProcessSignal.Hangup => "hangup",
        ProcessSignal.Interrupt => "interrupt",
        ProcessSignal.Quit => "quit",
        ProcessSignal.Kill => "killed",
        ProcessSignal.User1 => "user defined signal 1",
        ProcessSignal.User2 => "user defined signal 2",
        _ => "terminated",
    };
}
