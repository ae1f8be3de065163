package io.epona.coordination;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.CoordinationContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

class CuratorCoordinationContractTest extends CoordinationContract
{
    @TempDir
    private static Path dir;
    private static ZooKeeperNode node;
    private static int clusterCount;

    @BeforeAll
    static void start()
    {
        node = new ZooKeeperNode(dir);
    }

    @AfterAll
    static void stop()
    {
        node.close();
    }

    @Override
    protected Coordination open()
    {
        return CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString("127.0.0.1:" + node.port())
            .cluster("c" + clusterCount++)
            .errorHandler((error) ->
            {
                throw new AssertionError(error);
            }));
    }
}
