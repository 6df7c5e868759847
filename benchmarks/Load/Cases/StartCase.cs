using Load.Harness;

namespace Load.Cases;

/// <summary>How long a server takes from execve to its first PONG.</summary>
internal sealed class StartCase(params Goal[] goals)
    : LoadCase("start", "milliseconds from exec to the first PONG, median of 20 starts", goals)
{
    private const int Starts = 20;

    internal override string PrimaryMetric => Metric.StartTime;

    internal override void Run(RunContext context)
    {
        List<double> milliseconds = [];
        for (int i = 0; i < Starts; i++)
        {
            ServerProcess server = context.StartServer();
            milliseconds.Add(server.StartMilliseconds);
            if (i == Starts - 1) context.Measured.AddMemory(server.Sample());
            context.Stop(server);
        }
        context.Measured[Metric.StartTime] = Statistics.Median(milliseconds);
    }
}
