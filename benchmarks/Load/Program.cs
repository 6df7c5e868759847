using Load.Cases;
using Load.Harness;
using Load.Workers;

if (args is ["worker", .. string[] worker]) return WorkerProgram.Run(worker);
if (args is ["exec", .. string[] server]) return ExecTrampoline.Run(server);
try
{
    return args switch
    {
        ["run", .. string[] options] => Commands.Run(LoadOptions.Parse(options), Console.Out),
        ["one", .. string[] options] => Commands.One(LoadOptions.Parse(options), Console.Out),
        ["list"] => Commands.List(Console.Out),
        _ => Commands.Help(Console.Out),
    };
}
catch (Exception exception) when (exception is ArgumentException or FormatException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
