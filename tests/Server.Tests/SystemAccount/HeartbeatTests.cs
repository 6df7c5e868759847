using System.Text.Json;
using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

public sealed class HeartbeatTests
{
    // A step of the clock, small beside the shortest pause.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Statistics_come_soon_at_first_then_ever_less_often()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.STATSZ");
        List<int> beats = await RunAsync(talk, TimeSpan.FromSeconds(40));
        // The second would come at 750 ms, but two are never less than a second apart.
        int[] expected = [250, 1250, 3250, 7250, 15_250, 25_250, 35_250];
        beats.Count.ShouldBe(expected.Length);
        for (int i = 0; i < expected.Length; i++) beats[i].ShouldBeInRange(expected[i], expected[i] + 100);
    }

    [Fact]
    public async Task Statistics_are_sent_at_once_where_a_ping_wants_no_answer()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.STATSZ");
        talk.Server.Time.Advance(TimeSpan.FromMilliseconds(300));
        await talk.NextAsync("STATSZ");
        for (int i = 0; i < 3; i++)
        {
            talk.System.Send("PUB $SYS.REQ.SERVER.PING 0", "");
            (await talk.NextAsync()).Subject.ShouldBe($"$SYS.SERVER.{talk.ServerId}.STATSZ");
        }
    }

    [Fact]
    public async Task Changed_tags_are_told_within_a_second()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.STATSZ");
        // Into the middle of a long pause.
        for (int i = 0; i < 17; i++) talk.Server.Time.Advance(TimeSpan.FromSeconds(1));
        await talk.Server.Server.ReloadAsync(SystemConversation.Options with { Host = "127.0.0.1", Port = -1, ServerTags = ["new"] });
        talk.Server.Time.Advance(TimeSpan.FromSeconds(1));
        while (true)
        {
            // Beats of the time before may still be on their way.
            JsonElement beat = JsonDocument.Parse(await talk.NextAsync("STATSZ")).RootElement;
            if (beat.GetProperty("server").GetProperty("tags")[0].GetString() == "new") break;
        }
    }

    [Fact]
    public async Task Connections_of_an_account_are_told_again_every_half_minute_while_there_are_any()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.ACCOUNT.A.SERVER.CONNS");
        Dialogue one = await talk.ConnectAsync();
        await ExpectConnectionsAsync(talk, 1);
        Dialogue two = await talk.ConnectAsync();
        await ExpectConnectionsAsync(talk, 2);
        await AdvanceAliveAsync(talk, TimeSpan.FromSeconds(29), one, two);
        (await talk.FenceAsync()).ShouldBeEmpty();
        await AdvanceAliveAsync(talk, TimeSpan.FromSeconds(1.5), one, two);
        await ExpectConnectionsAsync(talk, 2);
        await one.DisposeAsync();
        await ExpectConnectionsAsync(talk, 1);
        await two.DisposeAsync();
        await ExpectConnectionsAsync(talk, 0);
        talk.Server.Time.Advance(TimeSpan.FromSeconds(61));
        (await talk.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_told_of_the_account_of_everybody()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync(SystemConversation.Options with { NoAuthUser = null });
        await talk.ListenAsync("$SYS.ACCOUNT.*.SERVER.CONNS", "$SYS.SERVER.ACCOUNT.*.CONNS");
        Dialogue stranger = talk.Server.OpenTcp();
        await stranger.ReadInfoAsync();
        await stranger.DisposeAsync();
        await talk.RequestAsync("$SYS.REQ.SERVER.@ID.IDZ");
    }

    private static async Task ExpectConnectionsAsync(SystemConversation talk, int count)
    {
        JsonElement told = JsonDocument.Parse(await talk.NextAsync("CONNS")).RootElement;
        (told.GetProperty("conns").GetInt32(), told.GetProperty("total_conns").GetInt32()).ShouldBe((count, count));
    }

    // So far that the server sends its first PINGs, and answered so that it goes on.
    private static async Task AdvanceAliveAsync(SystemConversation talk, TimeSpan time, params Dialogue[] clients)
    {
        talk.Server.Time.Advance(time);
        foreach (Dialogue client in clients)
        {
            client.Send("PONG");
            await client.FenceAsync();
        }
    }

    /// <summary>Turns the clock in small steps; returns when statistics came, in milliseconds.</summary>
    private static async Task<List<int>> RunAsync(SystemConversation talk, TimeSpan duration)
    {
        var beats = new List<int>();
        for (TimeSpan at = Step; at <= duration; at += Step)
        {
            talk.Server.Time.Advance(Step);
            // Events are sent by a thread of their own, in order: behind an answer asked for later there is none left.
            int before = beats.Count;
            string inbox = $"inbox.fence{at.TotalMilliseconds}";
            talk.System.Send($"PUB $SYS.REQ.SERVER.{talk.ServerId}.IDZ {inbox} 0", "");
            while (true)
            {
                string line = (await talk.ReadLineAsync())!;
                if (line.Contains(".STATSZ ", StringComparison.Ordinal)) beats.Add((int)at.TotalMilliseconds);
                if (!line.Contains(inbox, StringComparison.Ordinal)) continue;
                await talk.ReadLineAsync();
                break;
            }

            (beats.Count - before).ShouldBeLessThanOrEqualTo(1);
        }

        return beats;
    }
}
