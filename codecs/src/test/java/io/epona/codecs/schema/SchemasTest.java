package io.epona.codecs.schema;

import org.junit.jupiter.api.Test;
import uk.co.real_logic.sbe.ir.Ir;
import uk.co.real_logic.sbe.ir.Signal;
import uk.co.real_logic.sbe.ir.Token;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SchemasTest
{
    private static final Map<String, Integer> IDS =
        Map.of("log", 701, "client", 702, "replication", 703, "cluster", 704, "group", 705);

    /** First and last template id of each schema. */
    private static final Map<String, int[]> RANGES = Map.of(
        "log", new int[]{ 1, 19 },
        "client", new int[]{ 1, 79 },
        "replication", new int[]{ 1, 19 },
        "cluster", new int[]{ 1, 19 },
        "group", new int[]{ 80, 99 });

    /** Range of each message of the client schema: session, produce, consume, metadata and admin. */
    private static final Map<Integer, List<String>> CLIENT_RANGES = Map.of(
        0, List.of("Connect", "ConnectOk", "Reject", "Attach", "AttachOk", "KeepAlive", "Close"),
        1, List.of("Produce", "ProduceAcks", "InitProducerId", "ProducerId"),
        2, List.of("Subscribe", "Push", "Pause", "Unsubscribe", "SubscriptionEnd", "ListOffsets", "Offsets"),
        3, List.of("MetadataRequest", "Metadata", "CreateTopic", "DeleteTopic", "DescribeTopic", "AdminResult",
        "TopicDescription"));

    /** Messages behind whose block batches follow up to the end: they must stay aligned. */
    private static final Set<String> FOLLOWED_BY_BATCHES =
        Set.of("client/Produce", "client/Push", "replication/AppendBatches");

    @Test
    void shouldHaveTheAgreedIdsAndVersions() throws Exception
    {
        for (final String name : Schemas.NAMES)
        {
            final Ir ir = Schemas.parse(name);
            assertEquals(IDS.get(name), ir.id(), name);
            assertEquals(0, ir.version(), name);
            assertEquals("io.epona.codecs." + name, ir.applicableNamespace(), name);
            assertFalse(ir.messages().isEmpty(), name);
        }
    }

    @Test
    void shouldKeepTemplateIdsUniqueAndInTheirRange() throws Exception
    {
        final Set<String> seen = new HashSet<>();
        for (final Schemas.Message message : Schemas.messages())
        {
            final int[] range = RANGES.get(message.schema());
            assertTrue(message.templateId() >= range[0] && message.templateId() <= range[1], message.toString());
            assertTrue(seen.add(message.schemaId() + ":" + message.templateId()), message.toString());
        }
    }

    @Test
    void shouldKeepClientMessagesInTheRangeOfTheirArea() throws Exception
    {
        int count = 0;
        for (final Schemas.Message message : Schemas.messages())
        {
            if ("client".equals(message.schema()))
            {
                count++;
                assertTrue(
                    CLIENT_RANGES.get(message.templateId() / 20).contains(message.name()), message.toString());
            }
        }
        assertEquals(CLIENT_RANGES.values().stream().mapToInt(List::size).sum(), count);
    }

    @Test
    void shouldLeaveNoHoleBetweenFields() throws Exception
    {
        for (final Schemas.Message message : Schemas.messages())
        {
            int expected = 0;
            int depth = 0;
            for (final Token token : message.tokens())
            {
                if (Signal.BEGIN_GROUP == token.signal())
                {
                    depth++;
                }
                else if (Signal.END_GROUP == token.signal())
                {
                    depth--;
                }
                else if (Signal.BEGIN_FIELD == token.signal() && 0 == depth)
                {
                    assertEquals(expected, token.offset(), message + "." + token.name());
                    expected += message.tokens().get(message.tokens().indexOf(token) + 1).encodedLength();
                }
            }
            assertEquals(expected, message.blockLength(), message.toString());
        }
    }

    @Test
    void shouldAlignBlocksThatBatchesFollow() throws Exception
    {
        int count = 0;
        for (final Schemas.Message message : Schemas.messages())
        {
            if (FOLLOWED_BY_BATCHES.contains(message.toString()))
            {
                count++;
                assertEquals(0, message.blockLength() % 8, message.toString());
                assertTrue(message.hasFixedBlockOnly(), message.toString());
            }
        }
        assertEquals(FOLLOWED_BY_BATCHES.size(), count);
    }

    @Test
    void shouldDescribeEveryMessage() throws Exception
    {
        for (final Schemas.Message message : Schemas.messages())
        {
            final String description = message.tokens().get(0).description();
            assertTrue(null != description && !description.isBlank(), message.toString());
        }
    }
}
