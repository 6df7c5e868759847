using Load.Wire;

namespace Load.Workers;

/// <summary>Entry of a child process: `worker KIND --name value …`.</summary>
internal static class WorkerProgram
{
    internal static int Run(ReadOnlySpan<string> arguments)
    {
        Libc.DieWithParent();
        try
        {
            RunKind(arguments[0], new WorkerArguments(arguments[1..]));
            return 0;
        }
        catch (Exception exception)
        {
            ControlPipe.Fail(exception is InvalidRunException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}");
            return 1;
        }
    }

    private static void RunKind(string kind, WorkerArguments arguments)
    {
        switch (kind)
        {
            case "flow": Loop(new FlowWorker(arguments)); break;
            case "request": Loop(new RequestWorker(arguments)); break;
            case "respond": Loop(new ResponderWorker(arguments)); break;
            case "idle": Obey(new IdleWorker(arguments)); break;
            case "churn": Obey(new ChurnWorker(arguments)); break;
            case "handshakes": Obey(new HandshakeWorker(arguments)); break;
            case "logins": Obey(new LoginWorker(arguments)); break;
            case "publish": Loop(new PublishWorker(arguments)); break;
            case "directget": Loop(new DirectGetWorker(arguments)); break;
            case "create": Obey(new CreateWorker(arguments)); break;
            case "idleconsumers": Obey(new IdleConsumersWorker(arguments)); break;
            case "active": Loop(new ActiveWorker(arguments)); break;
            case "consume": Loop(new ConsumeWorker(arguments)); break;
            case "subscriptions": Obey(new SubscriptionsWorker(arguments)); break;
            default: throw new ArgumentException($"no worker is called {kind}");
        }
    }

    private static void Loop(EventLoop loop)
    {
        using (loop) loop.Run();
    }

    private static void Obey(CommandWorker worker)
    {
        using (worker) worker.Run();
    }
}
