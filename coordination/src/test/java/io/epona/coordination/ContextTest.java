package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.coordination.CuratorCoordination.Context;
import io.epona.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ContextTest
{
    @Test
    void shouldHaveDefaults()
    {
        final Context ctx = new Context().conclude();
        assertEquals("localhost:2181", ctx.connectString());
        assertEquals("epona", ctx.cluster());
        assertEquals(12_000, ctx.sessionTimeoutMs());
        assertEquals(5_000, ctx.connectionTimeoutMs());
        assertEquals(4_096, ctx.maxPendingCalls());
        assertThrows(IllegalStateException.class, ctx::conclude);
    }

    @Test
    void shouldLowerTheConnectionTimeoutWithTheSessions()
    {
        assertEquals(2_000, new Context().sessionTimeoutMs(2_000).conclude().connectionTimeoutMs());
    }

    @Test
    void shouldReadSystemProperties()
    {
        System.setProperty(Context.SESSION_TIMEOUT_PROPERTY, "18000");
        try
        {
            assertEquals(18_000, new Context().conclude().sessionTimeoutMs());
            assertEquals(6_000, new Context().sessionTimeoutMs(6_000).conclude().sessionTimeoutMs());
            System.setProperty(Context.SESSION_TIMEOUT_PROPERTY, "18s");
            assertInvalid(Context.SESSION_TIMEOUT_PROPERTY, new Context());
        }
        finally
        {
            System.clearProperty(Context.SESSION_TIMEOUT_PROPERTY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "host:port", "host:2181/path", "host:2181,", "a:1 b:2"})
    void shouldRefuseAConnectString(final String connectString)
    {
        assertInvalid(Context.CONNECT_PROPERTY, new Context().connectString(connectString));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "zookeeper", "a b"})
    void shouldRefuseACluster(final String cluster)
    {
        assertInvalid(Context.CLUSTER_PROPERTY, new Context().cluster(cluster));
    }

    @Test
    void shouldRefuseNumbersOutOfRange()
    {
        assertInvalid(Context.SESSION_TIMEOUT_PROPERTY, new Context().sessionTimeoutMs(999));
        assertInvalid(
            Context.CONNECTION_TIMEOUT_PROPERTY, new Context().sessionTimeoutMs(6_000).connectionTimeoutMs(6_001));
        assertInvalid(Context.MAX_PENDING_CALLS_PROPERTY, new Context().maxPendingCalls(0));
    }

    private static void assertInvalid(final String property, final Context ctx)
    {
        final EngineException ex = assertThrows(EngineException.class, ctx::conclude);
        assertEquals(ResultCode.INVALID_CONFIG, ex.code());
        assertTrue(ex.getMessage().startsWith(property + " = "), ex.getMessage());
    }
}
