using System.Text.Json;
using DotNats;
using DotNats.JetStream.Streams;
using DotNats.Server.Monitoring;
using DotNats.Storage;
using JetStream.Tests.Harness;
using JetStream.Tests.Snapshots;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Origins;

/// <summary>Mirrors and sources of streams of one server.</summary>
public sealed class CopyTests
{
    [Fact]
    public async Task A_mirror_has_the_numbers_and_times_of_its_origin_and_goes_on_after_a_restart()
    {
        string directory = Path.Combine(Path.GetTempPath(), "dotnats-mirror-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using (StreamServer server = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await server.ConnectAsync();
                await CreateAsync(client, """{"name":"A","subjects":["a.>"]}""");
                await PublishAsync(client, "a.1", 20);
                foreach (int sequence in (int[])[3, 4]) await client.AskAsync("$JS.API.STREAM.MSG.DELETE.A", $$"""{"seq":{{sequence}}}""");
                await CreateAsync(client, """{"name":"M","mirror":{"name":"A"}}""");
                await TurnUntilAsync(server, () => server.Stream("M").Log.State.Messages == 18, "the mirror has caught up");
                (await client.DumpAsync("M")).ShouldBe(await client.DumpAsync("A"));
                await PublishAsync(client, "a.2", 3);
                await TurnUntilAsync(server, () => server.Stream("M").Log.State.LastSequence == 23, "the mirror has caught up");
            }

            await using (StreamServer again = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await again.ConnectAsync();
                await PublishAsync(client, "a.2", 3);
                await TurnUntilAsync(again, () => again.Stream("M").Log.State.LastSequence == 26, "the mirror has caught up");
                (await client.DumpAsync("M")).ShouldBe(await client.DumpAsync("A"));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Monitoring_shows_origins_and_a_mirror_s_filter_is_shown_once_it_was_asked_for()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client, """{"name":"A","subjects":["a.>"],"storage":"memory"}""");
        await PublishAsync(client, "a.1", 2);
        JsonElement created = await CreateAsync(client, """{"name":"M","mirror":{"name":"A","filter_subject":"a.1"},"storage":"memory"}""");
        created.GetProperty("mirror").TryGetProperty("filter_subject", out _).ShouldBeFalse();
        await CreateAsync(client, """{"name":"S","subjects":["s"],"sources":[{"name":"A"}],"storage":"memory"}""");
        await TurnUntilAsync(server, () => server.Stream("M").Log.State.Messages == 2 && server.Stream("S").Log.State.Messages == 2, "both have caught up");
        (await client.AskAsync("$JS.API.STREAM.INFO.M")).GetProperty("mirror").GetProperty("filter_subject").GetString().ShouldBe("a.1");
        JszSnapshot jsz = server.Service.Describe(new JszQuery { Streams = true, Raft = true }, out _)!;
        JszStream[] streams = [.. jsz.AccountDetails!.Single().StreamDetail!];
        streams[1].Mirror!.Value.GetProperty("name").GetString().ShouldBe("A");
        streams[2].Sources!.Single().GetProperty("name").GetString().ShouldBe("A");
        (streams[0].Mirror, streams[0].Sources, streams[1].Sources, streams[2].Mirror).ShouldBe((null, null, null, null));
        (jsz.StreamsLeader, jsz.ConsumersLeader).ShouldBe((3, 0));
    }

    [Fact]
    public async Task A_mirror_becomes_a_stream_of_its_own_when_its_mirror_is_taken_away()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client, """{"name":"A","subjects":["a.>"],"storage":"memory","allow_direct":true}""");
        await PublishAsync(client, "a.1", 5);
        JsonElement created = await CreateAsync(client, """{"name":"M","mirror":{"name":"A"},"storage":"memory","mirror_direct":true}""");
        created.GetProperty("mirror").GetProperty("active").GetInt64().ShouldBe(-1);
        await TurnUntilAsync(server, () => server.Stream("M").Log.State.Messages == 5, "the mirror has caught up");
        JsonElement mirror = (await client.AskAsync("$JS.API.STREAM.INFO.M")).GetProperty("mirror");
        mirror.GetProperty("lag").GetInt32().ShouldBe(0);
        mirror.TryGetProperty("seq", out _).ShouldBeFalse();
        mirror.GetProperty("active").GetInt64().ShouldBeGreaterThanOrEqualTo(0);
        byte[] direct = "$JS.API.DIRECT.GET.A"u8.ToArray();
        int answering = server.Core.Accounts.Global.Subscriptions.Snapshot().Count(subscription => subscription.Subject.AsSpan().SequenceEqual(direct));
        answering.ShouldBe(2);

        (await client.AskAsync("$JS.API.STREAM.UPDATE.M", """{"name":"M","mirror":{"name":"A","opt_start_seq":2},"storage":"memory"}""")).ErrorCode().ShouldBe(10055);
        JsonElement updated = await client.AskAsync("$JS.API.STREAM.UPDATE.M", """{"name":"M","subjects":["m.>"],"storage":"memory","allow_direct":true}""");
        updated.ErrorCode().ShouldBe(0);
        updated.TryGetProperty("mirror", out _).ShouldBeFalse();
        await PublishAsync(client, "a.1", 1);
        (await client.AskAsync("m.1", "own")).GetProperty("seq").GetInt32().ShouldBe(6);
        server.Core.Accounts.Global.Subscriptions.Snapshot().Count(subscription => subscription.Subject.AsSpan().SequenceEqual(direct)).ShouldBe(1);
    }

    [Fact]
    public async Task Sources_are_copied_where_they_were_left_also_when_what_was_copied_is_gone()
    {
        string directory = Path.Combine(Path.GetTempPath(), "dotnats-source-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using (StreamServer server = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await server.ConnectAsync();
                await CreateAsync(client, """{"name":"A","subjects":["a.>"]}""");
                await CreateAsync(client, """{"name":"B","subjects":["b.>"]}""");
                await PublishAsync(client, "a.1", 5);
                await PublishAsync(client, "b.1", 5);
                await CreateAsync(client, """{"name":"S","subjects":["s"],"sources":[{"name":"A"},{"name":"B","filter_subject":"b.1"}]}""");
                await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 10, "all is copied");
                (await client.AskAsync("$JS.API.STREAM.PURGE.S")).GetProperty("purged").GetInt32().ShouldBe(10);
                await PublishAsync(client, "b.2", 1);
            }

            await using (StreamServer again = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await again.ConnectAsync();
                await PublishAsync(client, "a.1", 2);
                await PublishAsync(client, "b.1", 2);
                await TurnUntilAsync(again, () => again.Stream("S").Log.State.Messages == 4, "the rest is copied");
                await TurnUntilAsync(again, () => again.Stream("S").Origins.Describe().All(static origin => origin is { Active: not null, Lag: 0 }), "nothing is left");
                again.Stream("S").Log.State.LastSequence.ShouldBe(14UL);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("$JS.API.STREAM.PURGE.S", "")]
    [InlineData("$JS.API.STREAM.MSG.DELETE.S", """{"seq":5}""")]
    [InlineData("$JS.API.STREAM.UPDATE.S", """{"name":"S","subjects":["s"],"sources":[{"name":"A"}],"max_msgs":1}""")]
    [InlineData("s", "pushes it out")]
    public async Task What_was_copied_and_removed_is_not_copied_again_after_a_crash(string subject, string body)
    {
        string crashed = Path.Combine(Path.GetTempPath(), "dotnats-crashed-" + Guid.NewGuid().ToString("N"));
        await using StreamServer server = await StreamServer.StartAsync();
        try
        {
            Dialogue client = await server.ConnectAsync();
            await CreateAsync(client, """{"name":"A","subjects":["a.>"]}""");
            await PublishAsync(client, "a.1", 5);
            await CreateAsync(client, """{"name":"S","subjects":["s"],"sources":[{"name":"A"}],"max_msgs":5}""");
            await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 5, "all is copied");
            // The last one goes while an own one stays, or is all that stays.
            if (subject != "$JS.API.STREAM.MSG.DELETE.S") await PublishAsync(client, "s", 4);
            (await client.AskAsync(subject, body)).ErrorCode().ShouldBe(0);
            ulong last = server.Stream("S").Log.State.LastSequence;
            await Eventually.HoldsAsync(() => TryCopy(server.Directory, crashed));

            await using StreamServer again = await StreamServer.StartAsync(directory: crashed);
            client = await again.ConnectAsync();
            await PublishAsync(client, "a.2", 1);
            await TurnUntilAsync(again, () => again.Stream("S").Origins.Describe()[0] is { Sequence: 6, Lag: 0 }, "the new one is copied");
            again.Stream("S").Log.State.LastSequence.ShouldBe(last + 1);
        }
        finally
        {
            if (Directory.Exists(crashed)) Directory.Delete(crashed, recursive: true);
        }
    }

    [Fact]
    public async Task A_source_that_is_heard_late_is_copied_from_its_beginning_though_the_stream_was_purged_before()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client, """{"name":"S","subjects":["s"],"sources":[{"name":"A"}]}""");
        await PublishAsync(client, "s", 3);
        await client.AskAsync("$JS.API.STREAM.PURGE.S");
        await CreateAsync(client, """{"name":"A","subjects":["a.>"]}""");
        await PublishAsync(client, "a.1", 5);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await PublishAsync(client, "s", 1);
        await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 6, "all is copied");
    }

    [Fact]
    public async Task Sources_come_and_go_by_updates_and_those_that_stay_go_on()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        foreach (string name in (string[])["A", "B", "C"])
        {
            await CreateAsync(client, $$"""{"name":"{{name}}","subjects":["{{name}}.>"],"storage":"memory"}""");
            await PublishAsync(client, $"{name}.1", 3);
        }

        await CreateAsync(client, """{"name":"S","storage":"memory","sources":[{"name":"A"},{"name":"B","opt_start_seq":2,"subject_transforms":[{"src":"B.*","dest":"from.b.{{wildcard(1)}}"}]}]}""");
        await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 5, "two sources are copied");
        (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("sources").EnumerateArray().Select(static source => source.GetProperty("seq").GetInt32()).ShouldBe([3, 3]);
        (await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","storage":"memory","sources":[{"name":"C"},{"name":"A"}]}""")).GetProperty("sources").GetArrayLength().ShouldBe(2);
        await PublishAsync(client, "A.2", 1);
        await PublishAsync(client, "B.2", 1);
        await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 9, "the others are copied");
        var subjects = new List<KeyValuePair<string, ulong>>();
        server.Stream("S").Log.CopySubjects(default, subjects);
        subjects.Select(static subject => $"{subject.Key}={subject.Value}").Order(StringComparer.Ordinal).ShouldBe(["A.1=3", "A.2=1", "C.1=3", "from.b.1=2"]);
    }

    [Fact]
    public async Task A_copy_that_is_full_goes_on_when_it_has_room()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client, """{"name":"A","subjects":["a.>"],"storage":"memory"}""");
        await PublishAsync(client, "a.1", 8);
        await CreateAsync(client, """{"name":"S","storage":"memory","sources":[{"name":"A"}],"max_msgs":3,"discard":"new"}""");
        await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 3, "it is full");
        await client.AskAsync("$JS.API.STREAM.PURGE.S");
        await TurnUntilAsync(server, () => server.Stream("S").Log.State.Messages == 3, "it is full again");
        server.Stream("S").Log.State.LastSequence.ShouldBe(6UL);
    }

    [Fact]
    public async Task Messages_with_known_ids_and_headers_for_publishers_are_copied_as_they_should()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client, """{"name":"A","subjects":["a.>"],"storage":"memory"}""");
        const string headers = "NATS/1.0\r\nNats-Msg-Id: id\r\nNats-Expected-Last-Sequence: 0\r\n\r\n";
        client.SendBytes(System.Text.Encoding.ASCII.GetBytes($"HPUB a.1 {headers.Length} {headers.Length + 1}\r\n{headers}x\r\n"));
        await client.FenceAsync();
        await CreateAsync(client, """{"name":"S","subjects":["s.>"],"storage":"memory","duplicate_window":120000000000,"sources":[{"name":"A"}]}""");
        const string id = "NATS/1.0\r\nNats-Msg-Id: id\r\n\r\n";
        client.SendBytes(System.Text.Encoding.ASCII.GetBytes($"HPUB s.1 {id.Length} {id.Length}\r\n{id}\r\n"));
        await client.FenceAsync();
        await PublishAsync(client, "a.2", 1);
        await TurnUntilAsync(server, () => server.Stream("S").Log.State.LastSequence == 2, "the second message is copied");
        var message = new MessageBuffer();
        server.Stream("S").Log.TryRead(2, message);
        System.Text.Encoding.ASCII.GetString(message.Subject).ShouldBe("a.2");
        (await client.AskAsync("$JS.API.STREAM.CREATE.M", """{"name":"M","storage":"memory","mirror":{"name":"A"}}""")).ErrorCode().ShouldBe(0);
        await TurnUntilAsync(server, () => server.Stream("M").Log.State.Messages == 2, "mirrored");
        server.Stream("M").Log.TryRead(1, message);
        System.Text.Encoding.ASCII.GetString(message.Headers).ShouldBe("NATS/1.0\r\nNats-Msg-Id: id\r\n\r\n");
    }

    [Fact]
    public async Task A_stream_that_is_deleted_copies_no_more_and_one_whose_origin_comes_later_begins_then()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client, """{"name":"M","mirror":{"name":"A"},"storage":"memory"}""");
        await TurnUntilAsync(server, () => server.Stream("M").Origins.Describe()[0].Error is { ErrCode: 10059 }, "the origin is missing");
        await CreateAsync(client, """{"name":"A","subjects":["a.>"],"storage":"memory"}""");
        await PublishAsync(client, "a.1", 2);
        await TurnUntilAsync(server, () => server.Stream("M").Log.State.Messages == 2, "mirrored");
        LiveStream mirror = server.Stream("M");
        (await client.AskAsync("$JS.API.STREAM.DELETE.M")).ErrorCode().ShouldBe(0);
        await PublishAsync(client, "a.1", 2);
        mirror.Origins.Inbox.Records.Count.ShouldBe(0);
    }

    // What a server leaves behind that is killed now; false where something changed meanwhile, such as an index that is written in the background.
    private static bool TryCopy(string from, string to)
    {
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        List<(string Name, long Length, DateTime Time)> before = Look();
        foreach (string directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        try
        {
            foreach ((string file, _, _) in before) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        return Look().SequenceEqual(before);

        List<(string, long, DateTime)> Look() =>
            [.. new DirectoryInfo(from).GetFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal).Select(file => (file.FullName, file.Length, file.LastWriteTimeUtc))];
    }

    private static async Task<JsonElement> CreateAsync(Dialogue client, string config)
    {
        string name = JsonDocument.Parse(config).RootElement.GetProperty("name").GetString()!;
        JsonElement answer = await client.AskAsync($"$JS.API.STREAM.CREATE.{name}", config);
        answer.ErrorCode().ShouldBe(0, answer.ToString());
        return answer;
    }

    private static async Task PublishAsync(Dialogue client, string subject, int count)
    {
        for (int i = 0; i < count; i++) (await client.AskAsync(subject, $"{subject} {i}")).ErrorCode().ShouldBe(0);
    }

    private static Task TurnUntilAsync(StreamServer server, Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            if (condition()) return true;
            server.Time.Advance(TimeSpan.FromMilliseconds(250));
            return false;
        },
        what);
}
