using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Recovery;

/// <summary>Finds what is kept of a stream's consumers. What cannot be read or understood is named and left alone.</summary>
internal sealed class ConsumerRecovery(ServerCore server, string account)
{
    public FoundConsumers Find(StreamDirectory stream)
    {
        var found = new FoundConsumers([], []);
        foreach (string name in stream.ConsumerNames().Order(StringComparer.Ordinal))
        {
            ConsumerDirectory directory = stream.Consumer(name);
            try
            {
                if (directory.ReadMeta(out string reason) is { } meta) Read(stream.Name, directory, meta, found);
                else ConsumerLog.Quarantined(server.Logger, directory.Path, reason);
            }
            catch (IOException exception)
            {
                ConsumerLog.Quarantined(server.Logger, directory.Path, exception.Message);
            }
        }

        return found;
    }

    private void Read(string stream, ConsumerDirectory directory, byte[] bytes, FoundConsumers found)
    {
        ConsumerMeta meta = ConsumerConfigJson.ReadStored(bytes, out string? offlineReason, out string? error);
        string name = meta.Name.Length > 0 ? meta.Name : meta.Config.Name;
        if (error is not null || name != directory.Name)
        {
            ConsumerLog.Quarantined(server.Logger, directory.Path, error ?? $"its configuration is that of a consumer \"{name}\"");
        }
        else if (offlineReason is not null)
        {
            ConsumerLog.Unsupported(server.Logger, account, stream, name, offlineReason);
            found.Inert.Add(new InertConsumer(name, offlineReason));
        }
        else
        {
            GoTime created = meta.Created.IsZero ? GoTime.From(server.Time.GetUtcNow()) : meta.Created;
            found.Sound.Add(new StoredConsumer(directory, meta with { Name = directory.Name, Config = meta.Config.Sharing(directory.Name), Created = created }));
        }
    }
}

/// <param name="Inert">Those that need a newer server: with one of them a stream stops.</param>
internal readonly record struct FoundConsumers(List<StoredConsumer> Sound, List<InertConsumer> Inert);
