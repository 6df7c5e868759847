using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>Puts a validated configuration in force.</summary>
/// <param name="settings">What it means; its room is the runner's from now on.</param>
/// <param name="tier">The tier the stream counts to then.</param>
internal sealed class ConfigureCommand(StreamSettings settings, LogOptions options, string tier) : StreamCommand<bool>
{
    protected override bool Run(StreamMachine machine, long now)
    {
        machine.Stream.OnConfigured(settings.Config, tier);
        machine.Configure(settings, options);
        machine.Stream.Origins.Configure(settings.Config);
        return true;
    }
}
