package io.epona.loadgen.report;

import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.LoadResult;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.verify.Verification;
import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a run's figures may be believed and what they say. Correctness comes first, then whether the run was valid,
 * then whether it reached what was asked.
 *
 * @param word     PASS, FAIL or INVALID.
 * @param exitCode of the command: 0, 3, 4 or 5.
 * @param reasons  all of them, gravest first; empty for PASS.
 */
public record Verdict(String word, int exitCode, List<String> reasons)
{
    /** Exit code where nothing is wrong. */
    public static final int OK = 0;
    /** Exit code for a wrong command line or scenario. */
    public static final int USAGE = 2;
    /** Exit code where a target or the rate was missed. */
    public static final int MISSED = 3;
    /** Exit code where a record was lost, duplicated, reordered or damaged, or stored figures do not agree. */
    public static final int VIOLATED = 4;
    /** Exit code where host or generator spoilt the run. */
    public static final int SPOILT = 5;
    /** Exit code where the system under test could not be run. */
    public static final int INFRASTRUCTURE = 6;

    private static final double RATE_TOLERANCE = 0.99;

    static Verdict of(
        final Scenario scenario,
        final LoadResult result,
        final Histogram[] latencies,
        final List<String> hostBreaches,
        final double generatorCeiling)
    {
        final List<String> violations = violations(scenario, result);
        final List<String> spoilt = new ArrayList<>(hostBreaches);
        final double share = generatorCeiling > 0 ? result.deliveredRate() / generatorCeiling : 0;
        if (share > scenario.limits().generatorShare())
        {
            spoilt.add(String.format(Locale.ROOT, "generator-limited: %.0f/s is %.0f %% of the generator's own " +
                "ceiling of %.0f/s (limit %.0f %%)", result.deliveredRate(), 100 * share, generatorCeiling,
                100 * scenario.limits().generatorShare()));
        }
        final List<String> missed = missed(scenario, result, latencies, spoilt);

        final List<String> reasons = new ArrayList<>(violations);
        reasons.addAll(spoilt);
        reasons.addAll(missed);
        if (!violations.isEmpty())
        {
            return new Verdict("FAIL", VIOLATED, reasons);
        }
        if (!spoilt.isEmpty())
        {
            return new Verdict("INVALID", SPOILT, reasons);
        }

        return missed.isEmpty() ? new Verdict("PASS", OK, reasons) : new Verdict("FAIL", MISSED, reasons);
    }

    static Verdict ofCorrectness(final Scenario scenario, final LoadResult result)
    {
        final List<String> violations = violations(scenario, result);
        return violations.isEmpty() ? new Verdict("PASS", OK, violations) : new Verdict("FAIL", VIOLATED, violations);
    }

    /**
     * Of a run that was stopped: what it found holds, what it measured is part of what was asked for.
     *
     * @param after how long it measured and of what, for people.
     * @return the verdict on what there is: never PASS.
     */
    Verdict stopped(final String after)
    {
        final List<String> all = new ArrayList<>(List.of("a partial result: stopped after " + after));
        all.addAll(reasons);
        return VIOLATED == exitCode ? new Verdict(word, exitCode, all) : new Verdict("INVALID", SPOILT, all);
    }

    /**
     * @param one   exit code.
     * @param other exit code.
     * @return the one that says worse things: a violation before an invalid run before a missed target.
     */
    public static int graver(final int one, final int other)
    {
        final List<Integer> order = List.of(OK, MISSED, SPOILT, INFRASTRUCTURE, VIOLATED);
        return order.indexOf(one) >= order.indexOf(other) ? one : other;
    }

    private static List<String> violations(final Scenario scenario, final LoadResult result)
    {
        final List<String> violations = new ArrayList<>();
        final Verification found = result.verification();
        final String delivery = scenario.verify().delivery();
        if (!"none".equals(delivery))
        {
            add(violations, found.lost(), "acknowledged records were lost");
            add(violations, found.corrupt(), "records were corrupt");
            add(violations, found.disorder(), "acknowledgements came out of order");
            add(violations, found.refused(), "records were refused by an acknowledgement");
            if (!"none".equals(scenario.engine().acks()))
            {
                add(violations, found.inDoubt(), "records were never acknowledged");
            }
        }
        if ("exactly-once".equals(delivery))
        {
            add(violations, found.duplicated(), "records were delivered more than once");
        }
        if (scenario.verify().ordered())
        {
            add(violations, found.reordered(), "records came out of order");
        }
        if (0 == result.delivered())
        {
            violations.add("nothing was delivered");
        }

        return violations;
    }

    private static void add(final List<String> violations, final long count, final String what)
    {
        if (count > 0)
        {
            violations.add(count + " " + what);
        }
    }

    private static List<String> missed(
        final Scenario scenario, final LoadResult result, final Histogram[] latencies, final List<String> spoilt)
    {
        final List<String> missed = new ArrayList<>();
        if (Mode.OPEN == scenario.load().mode())
        {
            rate(missed, "accepted", result.acceptedRate(), result.scheduledRate());
            rate(missed, "delivered", result.deliveredRate(), result.scheduledRate());
        }
        for (final Map.Entry<String, Double> target : scenario.slo().entrySet())
        {
            if ("delivered.ratio".equals(target.getKey()))
            {
                final double ratio = result.accepted() > 0 ? (double)result.delivered() / result.accepted() : 0;
                if (ratio < target.getValue())
                {
                    missed.add(String.format(Locale.ROOT, "delivered.ratio %.6f is below %s", ratio,
                        target.getValue()));
                }
                continue;
            }
            latency(missed, spoilt, latencies, target.getKey(), target.getValue());
        }

        return missed;
    }

    private static void rate(
        final List<String> missed, final String what, final double reached, final double scheduled)
    {
        if (reached < scheduled * RATE_TOLERANCE)
        {
            missed.add(String.format(Locale.ROOT, "rate missed: %s %.0f/s of %.0f/s", what, reached, scheduled));
        }
    }

    private static void latency(
        final List<String> missed,
        final List<String> spoilt,
        final Histogram[] latencies,
        final String metric,
        final double targetNs)
    {
        final int dot = metric.indexOf('.');
        final String point = metric.substring(dot + 1);
        final Histogram histogram = latencies[Latencies.TAGS.indexOf(metric.substring(0, dot))];
        final Double value;
        if (0 == histogram.getTotalCount())
        {
            value = null;
        }
        else if ("mean".equals(point))
        {
            value = histogram.getMean();
        }
        else if ("max".equals(point))
        {
            value = (double)histogram.getMaxValue();
        }
        else
        {
            final Long percentile = Percentiles.value(histogram, point);
            value = null == percentile ? null : percentile.doubleValue();
        }

        if (null == value)
        {
            spoilt.add("slo " + metric + " cannot be judged: fewer than " + Percentiles.MIN_BEYOND +
                " samples lie beyond it");
        }
        else if (value > targetNs)
        {
            missed.add(String.format(Locale.ROOT, "slo missed: %s %.1f us, target %.1f us", metric, value / 1000,
                targetNs / 1000));
        }
    }
}
