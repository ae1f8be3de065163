package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.scenario.ScenarioReader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Verified load on a cluster of real processes whose leader is killed.
 */
@Tag("slow")
class ClusterRunTest
{
    private static final String SCENARIO = """
        name: killed
        driver: { use: cluster }
        engine: { topic: { min.insync.replicas: 2 } }
        topology: { partitions: 4 }
        message: { size: 100 }
        load: { mode: open, rate: 2k/s }
        phases: { warmup: 2s, measure: 33s, drain: 60s }
        faults: [ { at: 5s, do: kill, target: leader, restart: 3s } ]
        """;

    @TempDir
    private Path dir;

    @Test
    void noAcknowledgedRecordIsLostWhereALeaderIsKilled() throws Exception
    {
        final RunSession.Outcome outcome =
            new RunSession(dir, null, false, true).run(ScenarioReader.read(SCENARIO, List.of()));

        assertEquals(List.of(), outcome.verdict().reasons());
        final JsonNode outages = outcome.summary().get("outages");
        assertEquals(1, outages.size());
        final JsonNode outage = outages.get(0);
        assertEquals("kill leader", outage.get("event").asText());
        assertTrue(outage.get("partitions").asInt() > 0, outage::toString);
        assertTrue(outage.get("electedMs").asLong() > 0, outage::toString);
        assertTrue(outage.get("unavailableMs").asLong() >= outage.get("electedMs").asLong(), outage::toString);
    }
}
