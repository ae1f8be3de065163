package io.epona.coordination;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.CoordinationContract;
import io.epona.engine.local.LocalCoordination;
import io.epona.engine.log.FileStorage;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/**
 * Holds the in-process implementation against the same contract: what runs on one shall run on the other.
 */
class LocalCoordinationContractTest extends CoordinationContract
{
    @TempDir
    private Path dir;

    @Override
    protected Coordination open()
    {
        return LocalCoordination.open(new FileStorage(), dir.resolve(LocalCoordination.FILE_NAME), (error) ->
        {
            throw new AssertionError(error);
        });
    }
}
