namespace DotNats.JetStream;

/// <summary>Which messages of its stream a consumer may ask for.</summary>
internal static class ConsumerFilterRules
{
    public static ApiError? Check(ConsumerConfig config)
    {
        if (config.FilterSubject.Length > 0 && config.FilterSubjects.Count > 0) return ApiErrors.ConsumerDuplicateFilterSubjects;
        if (config.FilterSubject.Length > 0 && !SubjectText.IsValid(config.FilterSubject)) return ConfigErrors.Invalid("invalid subject");
        if (config.FilterSubjects.Contains("", StringComparer.Ordinal)) return ApiErrors.ConsumerEmptyFilter;
        IReadOnlyList<string> filters = config.Filters;
        for (int i = 0; i < filters.Count; i++)
        {
            if (!SubjectText.IsValid(filters[i])) return ConfigErrors.Invalid("invalid subject");

            // Compat: filters that overlap without one being inside the other pass.
            if (filters.Where((_, at) => at != i).Any(other => SubjectText.IsInside(filters[i], other))) return ApiErrors.ConsumerOverlappingSubjectFilters;
        }

        return null;
    }

    /// <summary>Whether a consumer of a work queue wants something that another one has.</summary>
    public static bool OverlapsOthers(string name, IReadOnlyList<string> filters, ConsumerSurroundings around) =>
        around.Consumers.Any(other => other.Key != name && !other.Value.IsInternal && filters.Any(filter => Wants(other.Value, filter)));

    private static bool Wants(ConsumerConfig consumer, string subject) =>
        consumer.Filters.Count == 0 || consumer.Filters.Any(filter => SubjectText.Overlap(subject, filter));
}
