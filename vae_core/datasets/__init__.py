"""Images: the data sets, how they are downloaded, generated, uploaded and prepared."""
