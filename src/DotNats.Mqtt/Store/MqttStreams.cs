using DotNats.JetStream;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.Mqtt.Store;

/// <summary>The five streams of an account that has MQTT clients.</summary>
/// <remarks>Names, configurations, order and error texts are nats-server's.</remarks>
internal sealed class MqttStreams(ServerCore server, Account account, MqttApi api, string domainToken)
{
    private int WantedReplicas => server.Options.Mqtt?.StreamReplicas ?? 0;

    private int Replicas => Math.Max(1, WantedReplicas);

    /// <summary>Looks for the streams and makes those that are missing.</summary>
    /// <returns>Why they cannot be had; null where all are there.</returns>
    public async Task<string?> OpenAsync(LegacyTransfer transfer)
    {
        (string? error, bool isNew) = await FindOrMakeAsync("sessions", Config(MqttSubjects.Sessions, $"{MqttSubjects.SessionPrefix}{domainToken}>", maxPerSubject: 1)).ConfigureAwait(false);
        if (error is not null) return error;
        if (isNew) transfer.BeginSessions();
        (error, _) = await FindOrMakeAsync("messages", Config(MqttSubjects.Messages, MqttSubjects.MessagePrefix + ">") with { Retention = RetentionPolicy.Interest }).ConfigureAwait(false);
        if (error is not null) return error;
        StreamConfig staged = Config(MqttSubjects.Staged, MqttSubjects.StagedPrefix + ">", maxPerSubject: 1) with { Discard = DiscardPolicy.New, DiscardNewPerSubject = true };
        (error, _) = await FindOrMakeAsync("QoS2 incoming messages", staged).ConfigureAwait(false);
        if (error is not null) return error;
        (error, _) = await FindOrMakeAsync("QoS2 outgoing PUBREL", Config(MqttSubjects.Releases, MqttSubjects.ReleasePrefix + ">") with { Retention = RetentionPolicy.Interest }).ConfigureAwait(false);
        if (error is not null) return error;
        return await OpenRetainedAsync(transfer).ConfigureAwait(false);
    }

    private async Task<string?> OpenRetainedAsync(LegacyTransfer transfer)
    {
        const string Purpose = "retained messages";
        StreamConfig wanted = Config(MqttSubjects.Retained, MqttSubjects.RetainedPrefix + ">", maxPerSubject: 1);
        (string? error, bool isNew) = await FindOrMakeAsync(Purpose, wanted).ConfigureAwait(false);
        if (error is not null || isNew) return error;
        MqttAnswer found = await LookUpAsync(wanted.Name).ConfigureAwait(false);
        if (found.Error is not null) return $"lookup {Purpose} stream for account \"{account.Name}\": {found.Error}";
        if (found.Subjects.Count != 1 || found.Subjects[0] != wanted.Subjects[0])
        {
            // Subjects first: a limit of one would lose messages that still lie under one subject.
            found = await UpdateAsync(found, config => config with { Subjects = wanted.Subjects }).ConfigureAwait(false);
            if (found.Error is not null) return $"failed to update stream config: {found.Error}";
        }

        if (found.MaxMessagesPerSubject == 1) return null;
        await transfer.RetainedAsync().ConfigureAwait(false);
        found = await UpdateAsync(found, static config => config with { MaxMessagesPerSubject = 1 }).ConfigureAwait(false);
        if (found.Error is not null) return $"failed to update stream config: {found.Error}";
        await transfer.RetainedAsync().ConfigureAwait(false);
        return null;
    }

    private StreamConfig Config(string name, string subject, long maxPerSubject = 0) => new()
    {
        Name = name,
        Subjects = [subject],
        Storage = StorageType.File,
        Replicas = Replicas,
        MaxMessagesPerSubject = maxPerSubject,
    };

    private async Task<(string? Error, bool IsNew)> FindOrMakeAsync(string purpose, StreamConfig config)
    {
        MqttAnswer found = await LookUpAsync(config.Name).ConfigureAwait(false);
        if (found.IsOtherThan(ApiErrors.StreamNotFound)) return ($"lookup {purpose} stream for account \"{account.Name}\": {found.Error}", false);
        if (found.Error is null)
        {
            if (WantedReplicas != 0 && found.Replicas != Replicas) MqttStoreLog.ReplicasDiffer(server.Logger, purpose, found.Replicas, Replicas, account.Name, config.Name);
            return (null, false);
        }

        MqttAnswer made = await api.CallAsync("SC", $"STREAM.CREATE.{config.Name}", StreamConfigJson.Write(config)).ConfigureAwait(false);
        // Somebody else was faster: then it is there.
        if (made.IsOtherThan(ApiErrors.StreamNameExist)) return ($"create {purpose} stream for account \"{account.Name}\": {made.Error}", false);
        return (null, made.Error is null);
    }

    private Task<MqttAnswer> LookUpAsync(string name) => api.CallAsync("SL", $"STREAM.INFO.{name}", default);

    private async Task<MqttAnswer> UpdateAsync(MqttAnswer found, Func<StreamConfig, StreamConfig> change)
    {
        StreamConfig config = change(StreamConfigJson.Read(found.Config, out string? error));
        if (error is not null) return MqttAnswer.Failed(error);
        return await api.CallAsync("SU", $"STREAM.UPDATE.{config.Name}", StreamConfigJson.Write(config)).ConfigureAwait(false);
    }
}
