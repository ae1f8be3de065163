package io.epona.loadgen.report;

import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.LoadResult;
import io.epona.loadgen.load.Timeline;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioReader;
import io.epona.loadgen.verify.Verification;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

class VerdictTest
{
    private static final Verification CLEAN = new Verification(0, 0, 0, 0, 0, 0, 0);

    private final Scenario scenario = ScenarioReader.read(
        "load: {rate: 1k/s}\nslo: {e2e.p99: 2ms, delivered.ratio: 1.0}", List.of("phases.measure=10s"));

    @Test
    void whatIsAskedAndReachedPasses()
    {
        check("PASS", 0, 0, verdict(CLEAN, 1_000, 1_000_000, 10_000, List.of(), 10_000));
    }

    @Test
    void aViolationIsWorseThanAnythingElse()
    {
        final Verdict verdict = verdict(
            new Verification(1, 0, 0, 0, 0, 0, 0), 100, 5_000_000, 10_000, List.of("host: noisy"), 110);
        assertEquals("FAIL", verdict.word());
        assertEquals(4, verdict.exitCode());
        assertEquals("1 acknowledged records were lost", verdict.reasons().get(0));
    }

    @Test
    void aNoisyHostMakesTheRunInvalidAndNeverSlow()
    {
        check("INVALID", 5, 2, verdict(CLEAN, 1_000, 5_000_000, 10_000, List.of("host: noisy"), 10_000));
    }

    @Test
    void aResultNearTheGeneratorsCeilingIsInvalid()
    {
        check("INVALID", 5, 1, verdict(CLEAN, 1_000, 1_000_000, 10_000, List.of(), 1_900));
    }

    @Test
    void aMissedTargetAndAMissedRateFail()
    {
        check("FAIL", 3, 1, verdict(CLEAN, 1_000, 5_000_000, 10_000, List.of(), 10_000));
        check("FAIL", 3, 2, verdict(CLEAN, 900, 1_000_000, 10_000, List.of(), 10_000));
    }

    @Test
    void aTargetThatCannotBeJudgedMakesTheRunInvalid()
    {
        check("INVALID", 5, 1, verdict(CLEAN, 1_000, 1_000_000, 500, List.of(), 10_000));
    }

    private static void check(final String word, final int exitCode, final int reasons, final Verdict verdict)
    {
        assertEquals(word, verdict.word(), verdict.reasons().toString());
        assertEquals(exitCode, verdict.exitCode());
        assertEquals(reasons, verdict.reasons().size(), verdict.reasons().toString());
    }

    private Verdict verdict(
        final Verification found,
        final double rate,
        final long latencyNs,
        final int samples,
        final List<String> host,
        final double ceiling)
    {
        final Histogram[] histograms = new Histogram[Latencies.TAGS.size()];
        for (int i = 0; i < histograms.length; i++)
        {
            histograms[i] = IntervalLog.emptyHistogram();
            histograms[i].recordValueWithCount(latencyNs, samples);
        }
        final LoadResult result = new LoadResult(
            new Timeline(0, 1, 2, 3), 1_000, rate, rate, rate, rate * 100, 1, 1, 15_000, 15_000, 15_000,
            15_000, 0, found);

        return Verdict.of(scenario, result, histograms, host, ceiling);
    }
}
