-- The shop's own tables, as far as its manifests and code name them. Every statement can be run again, because
-- MySQL commits each DDL by itself and a migration may be cut off between two of them.
CREATE TABLE IF NOT EXISTS tag (
  id int NOT NULL AUTO_INCREMENT,
  name varchar(255) NOT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS client (
  id int NOT NULL AUTO_INCREMENT,
  lastName varchar(255) NOT NULL,
  firstName varchar(255) DEFAULT NULL,
  company varchar(255) DEFAULT NULL,
  address varchar(255) DEFAULT NULL,
  mail varchar(255) DEFAULT NULL,
  phone varchar(255) DEFAULT NULL,
  phone2 varchar(255) DEFAULT NULL,
  vat varchar(255) DEFAULT NULL,
  reduction decimal(5,2) NOT NULL DEFAULT '0.00',
  tagId int DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  KEY IDX_client_name (lastName, firstName),
  CONSTRAINT FK_client_tag FOREIGN KEY (tagId) REFERENCES tag (id) ON DELETE SET NULL
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS team_member (
  id int NOT NULL AUTO_INCREMENT,
  lastName varchar(255) NOT NULL,
  firstName varchar(255) NOT NULL,
  address varchar(255) DEFAULT NULL,
  mail varchar(255) NOT NULL,
  phone varchar(255) DEFAULT NULL,
  password varchar(255) NOT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY IDX_team_member_mail (mail)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS location (
  id int NOT NULL AUTO_INCREMENT,
  name varchar(255) NOT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS formula (
  id int NOT NULL AUTO_INCREMENT,
  name varchar(255) NOT NULL,
  formula text NOT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS provider (
  id int NOT NULL AUTO_INCREMENT,
  name varchar(255) NOT NULL,
  address varchar(255) DEFAULT NULL,
  vat varchar(255) DEFAULT NULL,
  iban varchar(255) DEFAULT NULL,
  mail varchar(255) DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS article (
  id int NOT NULL AUTO_INCREMENT,
  name varchar(255) NOT NULL,
  place enum('Magasin','Externe') NOT NULL DEFAULT 'Magasin',
  family varchar(255) DEFAULT NULL,
  buyPrice decimal(10,2) DEFAULT NULL,
  sellPrice decimal(10,2) DEFAULT NULL,
  getPriceMethod enum('Linear','Surface','Fixed') NOT NULL DEFAULT 'Surface',
  providerId int DEFAULT NULL,
  formulaId int DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  CONSTRAINT FK_article_provider FOREIGN KEY (providerId) REFERENCES provider (id),
  CONSTRAINT FK_article_formula FOREIGN KEY (formulaId) REFERENCES formula (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS stock (
  id int NOT NULL AUTO_INCREMENT,
  articleId int DEFAULT NULL,
  quantity decimal(10,2) NOT NULL DEFAULT '0.00',
  comment text,
  orderDate timestamp NULL DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  CONSTRAINT FK_stock_article FOREIGN KEY (articleId) REFERENCES article (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS offer (
  id int NOT NULL AUTO_INCREMENT,
  number varchar(255) NOT NULL,
  status enum('started','done') NOT NULL DEFAULT 'started',
  client json DEFAULT NULL,
  assignedTo json DEFAULT NULL,
  adjustedReduction decimal(5,2) NOT NULL DEFAULT '0.00',
  total decimal(10,2) NOT NULL DEFAULT '0.00',
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS job (
  id int NOT NULL AUTO_INCREMENT,
  orderId varchar(255) NOT NULL,
  count int NOT NULL DEFAULT '1',
  dueDate timestamp NULL DEFAULT NULL,
  location json DEFAULT NULL,
  description text,
  measure enum('givenWindow','givenOutside') NOT NULL DEFAULT 'givenWindow',
  openingWidth decimal(10,2) DEFAULT NULL,
  openingHeight decimal(10,2) DEFAULT NULL,
  offerId int DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  CONSTRAINT FK_job_offer FOREIGN KEY (offerId) REFERENCES offer (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS task (
  id int NOT NULL AUTO_INCREMENT,
  comment varchar(255) DEFAULT NULL,
  article json DEFAULT NULL,
  total decimal(10,2) NOT NULL DEFAULT '0.00',
  doneCount int NOT NULL DEFAULT '0',
  jobId int DEFAULT NULL,
  parentId int DEFAULT NULL,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  CONSTRAINT FK_task_job FOREIGN KEY (jobId) REFERENCES job (id) ON DELETE CASCADE,
  CONSTRAINT FK_task_task FOREIGN KEY (parentId) REFERENCES task (id)
) ENGINE=InnoDB;
