package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.load.CoreProbe;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.LoadResult;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.verify.Verification;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * {@code summary.json}: the names of schema 1 are stable; names may be added.
 */
final class Summary
{
    static final int SCHEMA = 1;

    private Summary()
    {
    }

    static ObjectNode of(
        final RunFolder folder,
        final Scenario scenario,
        final LoadResult result,
        final Histogram[] latencies,
        final Verdict verdict,
        final Extras extras) throws IOException
    {
        final ObjectNode summary = JsonNodeFactory.instance.objectNode();
        summary.put("schema", SCHEMA);
        summary.put("id", folder.id());
        summary.put("verdict", verdict.word());
        final ArrayNode reasons = summary.putArray("reasons");
        verdict.reasons().forEach(reasons::add);
        summary.put("exitCode", verdict.exitCode());
        summary.put("scenario", scenario.name());
        summary.put("driver", scenario.driver().use());
        summary.put("mode", scenario.load().mode().text());
        summary.put("measureNs", scenario.phases().measureNs());

        final ObjectNode rates = summary.putObject("rates");
        rates.put("scheduled", Math.round(result.scheduledRate()));
        rates.put("accepted", Math.round(result.acceptedRate()));
        rates.put("acked", Math.round(result.ackedRate()));
        rates.put("delivered", Math.round(result.deliveredRate()));
        summary.put("acceptedWindowNs", result.sentWindowNs());
        summary.put("deliveredWindowNs", result.heardWindowNs());
        summary.put("bytesPerSecond", Math.round(result.deliveredBytes()));
        final double perMessage = extras.allocatedBytesPerMessage();
        summary.put("allocatedBytesPerMessage", Double.isNaN(perMessage) ? null : (Double)perMessage);
        summary.put("allocatedBytes", extras.allocatedBytes());

        final ObjectNode latencyNs = summary.putObject("latencyNs");
        for (int i = 0; i < latencies.length; i++)
        {
            Percentiles.write(latencies[i], latencyNs.putObject(Latencies.TAGS.get(i)));
        }

        verify(summary, scenario, result);
        extras(summary, result, extras);
        outages(summary.putArray("outages"), extras.outages());
        final ArrayNode errors = summary.putArray("systemErrors");
        extras.errors().forEach(errors::add);
        final ObjectNode settings = summary.putObject("settings");
        extras.settings().forEach(settings::put);
        final ObjectNode hashes = summary.putObject("hashes");
        for (final String file : new String[]{
            RunFolder.SCENARIO, RunFolder.ENV, RunFolder.HLOG, RunFolder.SERIES})
        {
            hashes.put(file, folder.hash(file));
        }

        return summary;
    }

    private static void verify(final ObjectNode summary, final Scenario scenario, final LoadResult result)
    {
        final Verification found = result.verification();
        final ObjectNode verify = summary.putObject("verify");
        verify.put("lost", found.lost());
        verify.put("duplicated", found.duplicated());
        verify.put("reordered", found.reordered());
        verify.put("corrupt", found.corrupt());
        verify.put("inDoubt", found.inDoubt());
        verify.put("refused", found.refused());
        verify.put("ackDisorder", found.disorder());
        verify.put("accepted", result.accepted());
        verify.put("acked", result.acked());
        verify.put("delivered", result.delivered());
        verify.put("checked", switch (scenario.verify().crc())
        {
            case FULL -> "sequence, and CRC32C of every whole payload";
            case SAMPLED -> "sequence and checksum of every header, CRC32C of every 16th whole payload";
            default -> "sequence only";
        });
    }

    private static void extras(final ObjectNode summary, final LoadResult result, final Extras extras)
    {
        summary.put("backPressured", result.backPressured());
        final ObjectNode host = summary.putObject("host");
        extras.host().forEach(host::putPOJO);
        final ObjectNode cores = summary.putObject("coreToCore");
        probe(cores.putObject("before"), extras.before());
        probe(cores.putObject("after"), extras.after());
        final ObjectNode generator = summary.putObject("generator");
        if (extras.generatorCeiling() > 0)
        {
            generator.put("ceiling", Math.round(extras.generatorCeiling()));
            generator.put("share", Math.round(1000 * result.deliveredRate() / extras.generatorCeiling()) / 1000.0);
        }
        else
        {
            generator.putNull("ceiling");
            generator.putNull("share");
        }
    }

    private static void outages(final ArrayNode array, final List<LoadDriver.Outage> outages)
    {
        for (final LoadDriver.Outage outage : outages)
        {
            array.addObject()
                .put("event", outage.event())
                .put("atMs", outage.atMs())
                .put("broker", outage.broker())
                .put("partitions", outage.partitions())
                .put("counted", outage.counted())
                .put("electedMs", outage.electedMs())
                .put("unavailableMs", outage.unavailableMs())
                .put("inSyncMs", outage.inSyncMs());
        }
    }

    private static void probe(final ObjectNode node, final CoreProbe.Result result)
    {
        node.put("p50Ns", result.p50Ns() < 0 ? null : (Long)result.p50Ns());
        node.put("state", result.state());
    }

    /**
     * What was measured around the load.
     *
     * @param allocatedBytes           by the data threads inside the window.
     * @param allocatedBytesPerMessage the same for each message; NaN where it is not known.
     * @param host                     of {@link io.epona.loadgen.load.HostWatch}.
     * @param before                   core to core before the load.
     * @param after                    and after it.
     * @param generatorCeiling         messages per second on the null driver, 0 where it was not measured.
     * @param errors                   that the system under test reported, a line each.
     * @param settings                 of the system under test, as it is set up.
     * @param outages                  that faults made.
     */
    record Extras(
        long allocatedBytes,
        double allocatedBytesPerMessage,
        Map<String, Object> host,
        CoreProbe.Result before,
        CoreProbe.Result after,
        double generatorCeiling,
        List<String> errors,
        Map<String, String> settings,
        List<LoadDriver.Outage> outages)
    {
    }
}
