using System.Text.Json;
using DotNats.JetStream.Snapshots;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Snapshots;

/// <summary>How many restores run at a time, and that each gives its place back on whatever way it ends.</summary>
public sealed class RestorePlaceTests
{
    [Fact]
    public void One_account_cannot_take_the_places_of_all()
    {
        var ofServer = new RestorePlaces(3);
        RestorePlaces a = new(2), b = new(2);
        RestorePlace first = RestorePlaces.TryTake(a, ofServer)!;
        RestorePlaces.TryTake(a, ofServer).ShouldNotBeNull();
        RestorePlaces.TryTake(a, ofServer).ShouldBeNull();
        ofServer.Taken.ShouldBe(2);
        RestorePlaces.TryTake(b, ofServer).ShouldNotBeNull();
        RestorePlaces.TryTake(b, ofServer).ShouldBeNull();
        (a.Taken, b.Taken, ofServer.Taken).ShouldBe((2, 1, 3));
        first.Dispose();
        first.Dispose();
        (a.Taken, b.Taken, ofServer.Taken).ShouldBe((1, 1, 2));
        RestorePlaces.TryTake(b, ofServer).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_a_transfer_owns_is_disposed_however_it_ends_and_where_it_does_not_run()
    {
        using var transfers = new Transfers();
        RestorePlaces places = new(10);
        transfers.Start(static _ => throw new InvalidOperationException("broken"), RestorePlaces.TryTake(places, transfers.Places)).ShouldBeTrue();
        transfers.Start(static token => new TaskCompletionSource().Task.WaitAsync(token), RestorePlaces.TryTake(places, transfers.Places)).ShouldBeTrue();
        await transfers.StopAsync();
        (places.Taken, transfers.Places.Taken).ShouldBe((0, 0));
        transfers.Start(static _ => throw new InvalidOperationException("must not run"), RestorePlaces.TryTake(places, transfers.Places)).ShouldBeFalse();
        (places.Taken, transfers.Places.Taken).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_server_that_stops_begins_no_restore_and_keeps_nothing_of_it()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        int before = server.Core.Accounts.Global.Subscriptions.Count;
        await server.Service.Transfers.StopAsync();
        JsonElement answer = await BeginAsync(client, "S");
        answer.ErrorCode().ShouldBe(10076);
        (server.Streams.Restores.Taken, server.Service.Transfers.Places.Taken).ShouldBe((0, 0));
        await Eventually.HoldsAsync(() => server.Core.Accounts.Global.Subscriptions.Count == before, "unsubscribed");
    }

    [Fact]
    public async Task So_many_restores_of_an_account_run_at_a_time_and_others_when_those_have_ended()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        var subjects = new List<string>();
        for (int i = 0; i < 16; i++)
            subjects.Add((await BeginAsync(client, $"S{i}")).GetProperty("deliver_subject").GetString()!);
        JsonElement refused = await BeginAsync(client, "ONE_MORE");
        refused.ErrorCode().ShouldBe(10167);
        refused.GetProperty("deliver_subject").GetString().ShouldBe("");
        byte[] archive = Archives.Compress(Archives.Make("E:state.json={}|end"));
        (await client.SendArchiveAsync(subjects[7], archive)).GetProperty("config").GetProperty("name").GetString().ShouldBe("S7");
        await Eventually.HoldsAsync(async () => (await BeginAsync(client, "ONE_MORE")).ErrorCode() == 0, "a place is free");
        foreach (string subject in subjects.Where((_, i) => i != 7)) (await client.SendArchiveAsync(subject, archive)).ErrorCode().ShouldBe(0);
        await Eventually.HoldsAsync(() => server.Streams.Restores.Taken == 1 && server.Service.Transfers.Places.Taken == 1, "only the last one runs");
    }

    private static Task<JsonElement> BeginAsync(Dialogue client, string stream) =>
        client.AskAsync($"$JS.API.STREAM.RESTORE.{stream}", $$$"""{"config":{"name":"{{{stream}}}","subjects":["{{{stream}}}"],"storage":"memory"},"state":{}}""");
}
