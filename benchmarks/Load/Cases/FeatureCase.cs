using Load.Harness;
using Load.Workers;

namespace Load.Cases;

/// <summary>What a feature costs: a flow through a server configured for it, measured against the same server without.</summary>
internal sealed class FeatureCase(string name, string summary, string configuration, FlowShape shape, params Goal[] goals)
    : LoadCase(name, summary, goals)
{
    internal override bool ComparesWithItself => true;

    internal override void Run(RunContext context) => new FlowCase(Name, Summary, shape, FlowLayout.Together).RunConfigured(configuration, context);

    internal override void RunYardstick(RunContext context)
    {
        FlowShape plain = new(shape.Groups, shape.PublishersPerGroup, shape.SubscribersPerGroup, shape.PayloadBytes)
        {
            WildcardSubscriptions = shape.WildcardSubscriptions,
        };
        new FlowCase(Name, Summary, plain, FlowLayout.Together).Run(context);
    }
}
