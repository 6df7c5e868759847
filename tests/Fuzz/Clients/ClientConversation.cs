using System.Text;

namespace Fuzz.Clients;

/// <summary>What clients say when they are well, from few subjects so that they meet.</summary>
internal static class ClientConversation
{
    private static readonly string[] Subjects = ["a", "a.b", "a.b.c", "b", "foo.bar", "_INBOX.1", "a.*", ">", "a.>", "*.b", "$SYS.x", "", ".a", "a..b", "_GR_.x", "$NRG.x"];
    private static readonly string[] Queues = ["", "", "q ", "workers ", "_sys_ "];
    private static readonly string[] Verbs = ["PUB", "pub", "HPUB", "hPub"];

    private static readonly string[] Connects =
    [
        """{"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1,"user":"a","pass":"a"}""",
        """{"verbose":false,"headers":true,"user":"b","pass":"b"}""",
        """{"verbose":true,"pedantic":true,"echo":false,"user":"a","pass":"a"}""",
        """{"verbose":false,"headers":false,"no_responders":false,"name":"ü","lang":"x","version":"1"}""",
        """{"auth_token":"t","nkey":"UABC","sig":"AAAA","jwt":"x"}""",
        """{"no_responders":true}""",
        """{"protocol":2}""",
        "{}",
    ];

    /// <summary>CONNECT (mostly a good one) and up to sixty commands.</summary>
    public static byte[] Make(Random random)
    {
        var text = new StringBuilder();
        if (random.Next(20) > 0) Connect(random, text);
        int commands = random.Next(60);
        for (int i = 0; i < commands; i++) Command(random, text);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static void Command(Random random, StringBuilder text)
    {
        switch (random.Next(20))
        {
            case < 9:
                Publish(random, text);
                break;
            case < 14:
                text.Append($"SUB {Pick(random, Subjects)} {Pick(random, Queues)}{random.Next(12)}\r\n");
                break;
            case < 17:
                text.Append(random.Next(2) == 0 ? $"UNSUB {random.Next(12)}\r\n" : $"UNSUB {random.Next(12)} {random.Next(5)}\r\n");
                break;
            case 17:
                text.Append("PING\r\n");
                break;
            case 18:
                text.Append(random.Next(2) == 0 ? "PONG\r\n" : "+OK\r\n");
                break;
            default:
                if (random.Next(4) == 0) Connect(random, text);
                break;
        }
    }

    private static void Connect(Random random, StringBuilder text) => text.Append($"CONNECT {Connects[Math.Min(random.Next(Connects.Length), random.Next(Connects.Length))]}\r\n");

    private static void Publish(Random random, StringBuilder text)
    {
        string verb = Pick(random, Verbs);
        string reply = random.Next(3) == 0 ? $"{Pick(random, Subjects)} " : "";
        string payload = new('x', random.Next(10) == 0 ? random.Next(3000) : random.Next(20));
        string headers = random.Next(3) == 0 ? "NATS/1.0\r\n\r\n" : "NATS/1.0\r\nA: b\r\n\r\n";
        text.Append(verb.Length == 3
            ? $"{verb} {Pick(random, Subjects)} {reply}{payload.Length}\r\n{payload}\r\n"
            : $"{verb} {Pick(random, Subjects)} {reply}{headers.Length} {headers.Length + payload.Length}\r\n{headers}{payload}\r\n");
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
