using Load.Harness;

namespace Load.Cases;

/// <summary>One thing that is measured the same way on both servers.</summary>
internal abstract class LoadCase(string name, string summary, params Goal[] goals)
{
    internal string Name => name;

    internal string Summary => summary;

    internal IReadOnlyList<Goal> Goals => goals;

    /// <summary>The value that the report puts first.</summary>
    internal virtual string PrimaryMetric => Metric.Rate;

    /// <summary>True where A is server B too, but without what the case is about: how much of its speed is left with it?</summary>
    internal virtual bool ComparesWithItself => false;

    /// <summary>Runs once against a fresh server and leaves the figures in <see cref="RunContext.Measured"/>.</summary>
    /// <exception cref="Wire.InvalidRunException">The run does not count.</exception>
    internal abstract void Run(RunContext context);

    /// <summary>The run of A.</summary>
    /// <exception cref="Wire.InvalidRunException">The run does not count.</exception>
    internal virtual void RunYardstick(RunContext context) => Run(context);
}
