package io.epona.loadgen.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.report.Verdict;

import java.util.ArrayList;
import java.util.List;

/**
 * One run of a sweep.
 *
 * @param rate      that was asked for, messages per second.
 * @param id        of the run.
 * @param exitCode  of the run.
 * @param reasons   of its verdict.
 * @param delivered messages per second.
 * @param p50Ns     end to end from the intended time, NaN where there is none.
 * @param p99Ns     likewise.
 * @param p999Ns    likewise.
 * @param maxNs     likewise.
 */
record SweepPoint(
    long rate,
    String id,
    int exitCode,
    List<String> reasons,
    double delivered,
    double p50Ns,
    double p99Ns,
    double p999Ns,
    double maxNs)
{
    private static final String GENERATOR_LIMITED = "generator-limited";

    /**
     * @param rate    that was asked for.
     * @param summary of the run.
     * @return the run in short.
     */
    static SweepPoint of(final long rate, final JsonNode summary)
    {
        final List<String> reasons = new ArrayList<>();
        summary.path("reasons").forEach((reason) -> reasons.add(reason.asText()));
        return new SweepPoint(
            rate,
            summary.path("id").asText(),
            summary.path("exitCode").asInt(Verdict.INFRASTRUCTURE),
            List.copyOf(reasons),
            summary.at("/rates/delivered").asDouble(),
            figure(summary, "p50"),
            figure(summary, "p99"),
            figure(summary, "p99_9"),
            figure(summary, "max"));
    }

    private static double figure(final JsonNode summary, final String name)
    {
        final JsonNode value = summary.at("/latencyNs/e2e/" + name);
        return value.isNumber() ? value.asDouble() : Double.NaN;
    }

    /**
     * @return whether the load generator itself was too near to what it can do: the rate is out of reach for the
     * harness, whatever the system could.
     */
    boolean isGeneratorLimited()
    {
        return Verdict.SPOILT == exitCode &&
            reasons.stream().anyMatch((reason) -> reason.startsWith(GENERATOR_LIMITED));
    }

    /**
     * @return whether the host spoilt the run, so that it says nothing of the rate.
     */
    boolean isSpoilt()
    {
        return Verdict.SPOILT == exitCode && !isGeneratorLimited();
    }

    /**
     * @return what came of it, in a word.
     */
    String word()
    {
        return switch (exitCode)
        {
            case Verdict.OK -> "held";
            case Verdict.MISSED -> "missed";
            case Verdict.SPOILT -> isGeneratorLimited() ? "generator" : "spoilt";
            case Verdict.VIOLATED -> "violated";
            default -> "failed";
        };
    }
}
