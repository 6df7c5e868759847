namespace Load.Cases;

/// <summary>What an acknowledgement of a stream promises; named in every row.</summary>
internal enum Durability
{
    /// <summary>Nothing is said in the configuration. nats-server: with the operating system, synced every two minutes. Ours: on the device.</summary>
    Default,

    /// <summary><c>sync_interval: always</c>: on the device.</summary>
    Always,

    /// <summary><c>sync_interval: "2m"</c>: with the operating system.</summary>
    TwoMinutes,
}

/// <summary>Configuration of a server with streams.</summary>
internal static class StreamServer
{
    internal static string Configuration(Durability durability, string store)
    {
        string sync = durability switch
        {
            Durability.Always => "sync_interval: always",
            Durability.TwoMinutes => "sync_interval: \"2m\"",
            _ => "",
        };
        return $"jetstream {{\n  store_dir: \"{store}\"\n  max_memory_store: 4GB\n  max_file_store: 40GB\n  {sync}\n}}\n";
    }
}
