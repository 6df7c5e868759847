namespace Load.Harness;

/// <summary>What a run measured, by the names in <see cref="Metric"/>.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<string, double> _values = [];

    internal IReadOnlyDictionary<string, double> Values => _values;

    internal double this[string metric]
    {
        set => _values[metric] = value;
    }

    internal void AddMemory(ProcessSample sample)
    {
        this[Metric.PeakMemory] = sample.PeakResidentBytes / 1048576.0;
        this[Metric.Memory] = sample.ResidentBytes / 1048576.0;
    }
}
