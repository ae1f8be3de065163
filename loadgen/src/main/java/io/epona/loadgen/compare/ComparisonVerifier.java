package io.epona.loadgen.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds a stored comparison against itself: what it says of its pairs is computed anew from the pairs' figures.
 */
public final class ComparisonVerifier
{
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double TOLERANCE = 1e-9;
    /** The first schema that tells the estimate of Hodges and Lehmann. */
    private static final int SCHEMA_OF_ESTIMATES = 2;

    private final JsonNode json;
    private final List<String> findings = new ArrayList<>();

    private ComparisonVerifier(final JsonNode json)
    {
        this.json = json;
    }

    /**
     * @param dir of a comparison.
     * @return what does not agree, one line each; empty where everything does.
     * @throws IOException where the folder cannot be read.
     */
    public static List<String> verify(final Path dir) throws IOException
    {
        final JsonNode json;
        try
        {
            json = JSON.readTree(Files.readString(dir.resolve(Comparison.JSON_FILE)));
        }
        catch (final JsonProcessingException ex)
        {
            return List.of(Comparison.JSON_FILE + " is not JSON: " + ex.getOriginalMessage());
        }

        final ComparisonVerifier verifier = new ComparisonVerifier(json);
        verifier.run();
        if (!dir.getFileName().toString().equals(json.path("id").asText()))
        {
            verifier.findings.add("id is " + json.path("id").asText() + ", the folder another");
        }

        return verifier.findings;
    }

    private void run()
    {
        final Map<Metric, RatioEstimate> estimates = new TreeMap<>();
        int counted = 0;
        for (final JsonNode pair : json.path("pairs"))
        {
            counted += pair.path("counted").asBoolean() ? 1 : 0;
        }
        same("pairsCounted", json.path("pairsCounted"), counted);
        same("pairsRun", json.path("pairsRun"), json.path("pairs").size());
        for (final Metric metric : Metric.values())
        {
            final List<double[]> figures = figures(metric);
            final JsonNode told = json.path("metrics").path(metric.text());
            if (figures.isEmpty() != told.isMissingNode())
            {
                findings.add(metric.text() + ": told of the pairs and of the whole, or of neither");
            }
            else if (!figures.isEmpty())
            {
                estimates.put(metric, metric(metric, figures, told));
            }
        }
        if (json.path("schema").asInt() >= SCHEMA_OF_ESTIMATES)
        {
            judge(estimates);
        }
    }

    /** Figure of A, of B, and the ratio told, of each pair that counts. */
    private List<double[]> figures(final Metric metric)
    {
        final List<double[]> figures = new ArrayList<>();
        for (final JsonNode pair : json.path("pairs"))
        {
            final JsonNode told = pair.path(metric.text());
            if (pair.path("counted").asBoolean() && told.isObject())
            {
                figures.add(new double[]{
                    told.path("a").asDouble(), told.path("b").asDouble(), told.path("ratio").asDouble()});
            }
        }

        return figures;
    }

    private RatioEstimate metric(final Metric metric, final List<double[]> figures, final JsonNode told)
    {
        final String name = metric.text();
        for (final double[] figure : figures)
        {
            if (!isSame(figure[2], figure[0] / figure[1]))
            {
                findings.add(name + ": a pair's ratio is " + figure[2] + ", its figures say " + figure[0] / figure[1]);
            }
        }
        spread(name + ".a", told.path("a"), Spread.of(column(figures, 0)));
        spread(name + ".b", told.path("b"), Spread.of(column(figures, 1)));
        final double[] ratios = new double[figures.size()];
        for (int i = 0; i < ratios.length; i++)
        {
            ratios[i] = figures.get(i)[0] / figures.get(i)[1];
        }
        final RatioEstimate estimate = RatioEstimate.of(ratios);
        spread(name + ".ratio", told.path("ratio"), estimate.spread());

        return estimate;
    }

    private static double[] column(final List<double[]> figures, final int column)
    {
        return figures.stream().mapToDouble((figure) -> figure[column]).toArray();
    }

    private void spread(final String name, final JsonNode told, final Spread spread)
    {
        same(name + ".count", told.path("count"), spread.count());
        same(name + ".median", told.path("median"), spread.median());
        same(name + ".min", told.path("min"), spread.min());
        same(name + ".max", told.path("max"), spread.max());
    }

    private void judge(final Map<Metric, RatioEstimate> estimates)
    {
        final RatioEstimate[] all = estimates.values().toArray(new RatioEstimate[0]);
        final boolean[] higherIsBetter = new boolean[all.length];
        int index = 0;
        for (final Metric metric : estimates.keySet())
        {
            higherIsBetter[index++] = metric.isHigherBetter();
        }
        final Finding[] said = Finding.of(all, higherIsBetter, json.path("margin").asDouble());
        index = 0;
        for (final Metric metric : estimates.keySet())
        {
            final RatioEstimate estimate = all[index];
            final JsonNode told = json.path("metrics").path(metric.text());
            final JsonNode ratio = told.path("ratio");
            same(metric.text() + ".ratio.hodgesLehmann", ratio.path("hodgesLehmann"), estimate.ratio());
            same(metric.text() + ".ratio.p", ratio.path("p"), estimate.p());
            if (estimate.hasInterval())
            {
                same(metric.text() + ".ratio.interval95.low", ratio.at("/interval95/low"), estimate.low());
                same(metric.text() + ".ratio.interval95.high", ratio.at("/interval95/high"), estimate.high());
            }
            if (!said[index].text().equals(told.path("finding").asText()))
            {
                findings.add(metric.text() + ".finding is " + told.path("finding").asText() + ", the pairs say " +
                    said[index].text());
            }
            index++;
        }
    }

    private void same(final String name, final JsonNode told, final double computed)
    {
        if (!told.isNumber() || !isSame(told.asDouble(), computed))
        {
            findings.add(name + " is " + told.asText("absent") + ", the pairs say " + computed);
        }
    }

    private static boolean isSame(final double one, final double other)
    {
        return Math.abs(one - other) <= TOLERANCE * Math.max(Math.abs(one), Math.abs(other));
    }
}
