using DotNats.Configuration.Language;

namespace Fuzz.Configuration;

/// <summary>Trees nobody would write, and known ones with something exchanged.</summary>
internal static class ConfigTreeGen
{
    private static readonly string[] Words =
        ["a", "port", "ON", "include", "$X", "2a$", "1", "-", "10k", "x y", "ä", "\U0001F600", "#", "//", "{", "]", "=", "'", "\"", "\\", "(", "\n", "\r", "\t", "\u2028", ".", ",", ";", "a.b", ">", "127.0.0.1:4222", "2016-05-04T18:53:41Z", "\0", "%"];

    /// <summary>A tree of anything.</summary>
    public static ConfigMap Any(Random random) => Map(random, depth: 4);

    /// <summary>A known tree in which up to four values are exchanged for others', moved to other keys, or gone.</summary>
    public static ConfigMap Mixed(Random random)
    {
        object tree = Pick(random, ConfigCorpus.Trees);
        for (int left = random.Next(5); left > 0; left--) tree = Change(random, tree);
        return tree as ConfigMap ?? new ConfigMap();
    }

    private static object Change(Random random, object value)
    {
        switch (value)
        {
            case ConfigMap map when map.Count > 0:
                int at = random.Next(map.Count);
                var changed = new ConfigMap();
                for (int i = 0; i < map.Count; i++)
                {
                    (string key, ConfigNode node) = map.Entries[i];
                    if (i != at) Set(changed, key, node.Value);
                    else ChangeEntry(random, changed, key, node.Value);
                }

                return changed;
            case ConfigList list when list.Items.Count > 0:
                int chosen = random.Next(list.Items.Count);
                var items = new ConfigList();
                for (int i = 0; i < list.Items.Count; i++)
                {
                    items.Add(Node(i == chosen ? Change(random, list.Items[i].Value) : list.Items[i].Value));
                }

                return items;
            default:
                return Foreign(random);
        }
    }

    private static void ChangeEntry(Random random, ConfigMap into, string key, object value)
    {
        switch (random.Next(8))
        {
            case 0:
                break;
            case 1:
                Set(into, key, Foreign(random));
                break;
            case 2:
                Set(into, Pick(random, Pick(random, ConfigCorpus.Trees).Entries, or: new("x", Node(1L))).Key, value);
                break;
            case 3:
                Set(into, key, value);
                (string other, ConfigNode node) = Pick(random, Pick(random, ConfigCorpus.Trees).Entries, or: new("x", Node(1L)));
                Set(into, other, node.Value);
                break;
            case 4:
                var list = new ConfigList();
                list.Add(Node(value));
                list.Add(Node(Foreign(random)));
                Set(into, key, list);
                break;
            default:
                Set(into, key, Change(random, value));
                break;
        }
    }

    /// <summary>Any value of any known tree, or a plain one of any kind.</summary>
    private static object Foreign(Random random)
    {
        if (random.Next(2) == 0) return Any(random, depth: 1);
        object at = Pick(random, ConfigCorpus.Trees);
        while (random.Next(4) > 0)
        {
            if (at is ConfigMap { Count: > 0 } map) at = Pick(random, map.Entries).Value.Value;
            else if (at is ConfigList { Items.Count: > 0 } list) at = Pick(random, list.Items).Value;
            else break;
        }

        return at;
    }

    private static ConfigMap Map(Random random, int depth)
    {
        var map = new ConfigMap();
        for (int left = random.Next(8); left > 0; left--)
        {
            string key = Text(random).Replace('\'', '_').Replace('\0', '_');
            Set(map, key, Any(random, depth - 1));
        }

        return map;
    }

    private static object Any(Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 10 : 7))
        {
            case 0:
                return random.Next(2) == 0;
            case 1:
                return random.Next(4) switch { 0 => 0L, 1 => (long)random.Next(-3, 70000), 2 => random.NextInt64(long.MinValue, long.MaxValue), _ => random.Next(1000) * 1024L };
            case 2:
                double number = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
                return double.IsFinite(number) && random.Next(5) == 0 ? number : random.Next(-1000, 1000) / 8.0;
            case 3:
                return DateTime.UnixEpoch.AddSeconds(random.Next());
            case 7:
                return Map(random, depth);
            case 8 or 9:
                var list = new ConfigList();
                for (int left = random.Next(5); left > 0; left--) list.Add(Node(Any(random, depth - 1)));
                return list;
            default:
                return Text(random);
        }
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Pick(random, Words)));

    private static void Set(ConfigMap map, string key, object value) => map.Set(key, Node(value));

    private static ConfigNode Node(object value) => new(value, default);

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static T Pick<T>(Random random, IReadOnlyList<T> from, T or) => from.Count == 0 ? or : Pick(random, from);
}
