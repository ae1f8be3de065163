package io.epona.loadgen.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.launch.ChildRun;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.Scenario;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What the runs of a sweep so far say, for people and for programs.
 */
final class SweepReport
{
    private static final int SCHEMA = 1;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final String id;
    private final Scenario base;
    private final RateSearch search;
    private final boolean isGeneratorLimited;
    private final List<SweepPoint> points;

    /**
     * @param id                 of the sweep.
     * @param base               scenario.
     * @param search             as it stands.
     * @param isGeneratorLimited whether a rate was given up because of the generator.
     * @param points             of all runs, in their order.
     */
    SweepReport(
        final String id,
        final Scenario base,
        final RateSearch search,
        final boolean isGeneratorLimited,
        final List<SweepPoint> points)
    {
        this.id = id;
        this.base = base;
        this.search = search;
        this.isGeneratorLimited = isGeneratorLimited;
        this.points = List.copyOf(points);
    }

    private static String head()
    {
        return String.format(Locale.ROOT, "  %12s  %-9s %12s %10s %10s %10s %10s", "rate/s", "", "delivered/s",
            "p50 us", "p99 us", "p99.9 us", "max us");
    }

    /**
     * @param point of a run.
     * @return a line about it.
     */
    static String line(final SweepPoint point)
    {
        return String.format(Locale.ROOT, "  %,12d  %-9s %,12.0f %10s %10s %10s %10s%s", point.rate(), point.word(),
            point.delivered(), micros(point.p50Ns()), micros(point.p99Ns()), micros(point.p999Ns()),
            micros(point.maxNs()), Verdict.OK == point.exitCode() ? "" : "   " + String.join("; ", point.reasons()));
    }

    private static String micros(final double ns)
    {
        return Double.isNaN(ns) ? "-" : String.format(Locale.ROOT, "%,.1f", ns / 1000);
    }

    private String finding()
    {
        final String rate = String.format(Locale.ROOT, "%,d/s", search.heldRate());
        final String limit = isGeneratorLimited ? "; the next rate is out of the generator's reach" : "";
        return switch (search.state())
        {
            case FOUND -> "highest rate " + rate + ", held " + (1 + RateSearch.CONFIRMATIONS) + " times" + limit;
            case NONE -> "no rate holds the target";
            case UNSTEADY -> "too noisy a machine: rates that held the target missed it when they were run again";
            default -> 0 == search.heldRate() ? "ended before a rate held" : "ended early; held so far: " + rate;
        };
    }

    /**
     * @return the sweep for people: the curve, from the lowest rate to the highest.
     */
    String table()
    {
        final StringBuilder table = new StringBuilder(1024);
        table.append(String.format(Locale.ROOT, "%n%s on %s, target %s: %s%n%s%n",
            base.name(), base.driver().use(), target(), finding(), head()));
        points.stream().sorted(Comparator.comparingLong(SweepPoint::rate))
            .forEach((point) -> table.append(line(point)).append(System.lineSeparator()));

        return table.toString();
    }

    private String target()
    {
        final StringBuilder target = new StringBuilder();
        base.slo().forEach((name, value) -> target.append(target.length() > 0 ? ", " : "").append(
            "delivered.ratio".equals(name) ? name + " >= " + value :
                String.format(Locale.ROOT, "%s <= %,.1f us", name, value / 1000)));
        return target.toString();
    }

    /**
     * @return the sweep for programs.
     */
    String json()
    {
        final ObjectNode json = JSON.createObjectNode();
        json.put("schema", SCHEMA);
        json.put("id", id);
        json.put("scenario", base.name());
        json.put("driver", base.driver().use());
        json.put("target", target());
        json.put("state", search.state().name().toLowerCase(Locale.ROOT));
        json.put("finding", finding());
        json.put("highestRate", RateSearch.State.FOUND == search.state() ? (Long)search.heldRate() : null);
        json.put("generatorLimited", isGeneratorLimited);
        final ArrayNode flags = json.putArray("jvmFlags");
        ChildRun.flags().forEach(flags::add);
        final ArrayNode array = json.putArray("runs");
        points.forEach((point) -> write(array.addObject(), point));

        try
        {
            return JSON.writeValueAsString(json) + "\n";
        }
        catch (final JsonProcessingException ex)
        {
            throw new IllegalStateException("a tree of plain values cannot be written", ex);
        }
    }

    private static void write(final ObjectNode node, final SweepPoint point)
    {
        node.put("run", point.id());
        node.put("rate", point.rate());
        node.put("outcome", point.word());
        final ArrayNode reasons = node.putArray("reasons");
        point.reasons().forEach(reasons::add);
        node.put("delivered", point.delivered());
        put(node, "p50", point.p50Ns());
        put(node, "p99", point.p99Ns());
        put(node, "p99_9", point.p999Ns());
        put(node, "max", point.maxNs());
    }

    private static void put(final ObjectNode node, final String name, final double ns)
    {
        node.put(name, Double.isNaN(ns) ? null : (Double)ns);
    }
}
