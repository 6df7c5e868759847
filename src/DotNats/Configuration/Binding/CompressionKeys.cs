using DotNats.Configuration.Language;
using DotNats.Protocol.Text;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>compression</c> of links.</summary>
internal static class CompressionKeys
{
    public static ConfigSection<CompressionOptions> Section { get; } = new(
    [
        Keys<CompressionOptions>.Text("mode", Reload.Yes, "off, accept, s2_fast, s2_better, s2_best or s2_auto.", (o, v) => o with { Mode = v }),
        Keys<CompressionOptions>.Other("rtt_thresholds thresholds rtts rtt", "list of durations", Reload.Yes,
            "Round trip times from which s2_auto compresses harder.", BindThresholds),
    ]);

    /// <summary>A key named <c>compression</c>.</summary>
    /// <param name="modeForOn">What plain "on" means for this kind of link.</param>
    public static ConfigKey<T> Key<T>(string modeForOn, Func<T, CompressionOptions, T> set) =>
        new(["compression"], "text or map", Reload.Yes, "How the connection is compressed.", (o, s) =>
        {
            switch (s.Value)
            {
                case string mode:
                    return set(o, new CompressionOptions { Mode = mode });
                case bool on:
                    return set(o, new CompressionOptions { Mode = on ? modeForOn : "off" });
                case ConfigMap map:
                    return set(o, Section.Bind(new CompressionOptions(), map, s.Context));
            }
            s.Error($"field {GoText.Quote(s.Key)} should be a boolean or a structure, got {GoText.TypeOf(s.Value)}");
            return o;
        });

    private static CompressionOptions BindThresholds(CompressionOptions options, Setting setting)
    {
        if (!setting.TryList(out ConfigList? list))
            return options;
        List<TimeSpan> thresholds = [];
        foreach (string text in setting.TextItems(list))
        {
            if (GoDuration.TryParse(text, out TimeSpan threshold, out string? error))
                thresholds.Add(threshold);
            else
                setting.Error(error);
        }
        return options with { RoundTripThresholds = thresholds };
    }
}
